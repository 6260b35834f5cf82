// SPDX-License-Identifier: MIT

#include <patio/io/connect.hpp>

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
using patio::connect_options;
using patio::endpoint;
using patio::listener;
using patio::stream;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

/// An address of this machine where nobody listens.
endpoint refusing_endpoint() {
    listener door = listener::open(any_port);
    return door.local_endpoint();
}

/// A Unix socket whose queue is full: connecting to it waits until somebody accepts.
class full_door {
public:
    explicit full_door(const std::string& path)
        : door_{listener::open(endpoint::unix_socket(path), patio::listen_options{}.backlog(0))} {}
    patio::async<> fill() {
        auto opening = patio::open_connection(door_.local_endpoint());
        waiting_ = co_await std::move(opening);
    }
    [[nodiscard]] listener& door() { return door_; }

private:
    listener door_;
    stream waiting_;
};

int option_of(const stream& of, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(of.native_handle(), level, name, &value, &size), 0);
    return value;
}

class connecting : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(connecting);

TEST_P(connecting, names_the_address_that_refused) {
    const auto main = []() -> patio::async<> {
        const endpoint nobody = refusing_endpoint();
        try {
            co_await patio::open_connection(nobody);
            ADD_FAILURE() << "connected to nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_refused);
            EXPECT_EQ(std::string{e.what()},
                      "connecting to " + nobody.to_string() + ": Connection refused");
        }
    };
    patio::run(main(), options());
}

TEST_P(connecting, tries_the_next_address_at_once_when_one_refuses) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        std::vector<endpoint> to{refusing_endpoint(), refusing_endpoint(), door.local_endpoint()};
        auto opening = patio::open_connection(std::move(to), connect_options{}.attempt_delay(1h));
        stream opened = co_await std::move(opening);
        EXPECT_EQ(patio::peer_endpoint(opened), door.local_endpoint());
    };
    patio::run(main(), options());
}

TEST_P(connecting, lists_what_each_address_said) {
    const auto main = []() -> patio::async<> {
        const endpoint first = refusing_endpoint();
        const endpoint second = endpoint::unix_socket("/nonexistent/door");
        std::vector<endpoint> to{first, second};
        try {
            co_await patio::open_connection(std::move(to));
            ADD_FAILURE() << "connected to nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_refused);
            EXPECT_EQ(std::string{e.what()},
                      "connecting to " + first.to_string() + " (" + first.to_string() +
                          ": Connection refused; /nonexistent/door: No such file or directory)"
                          ": Connection refused");
        }
    };
    patio::run(main(), options());
}

TEST_P(connecting, tries_the_next_address_beside_one_that_is_silent) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        full_door silent{directory.path() + "/full"};
        co_await silent.fill();
        listener door = listener::open(any_port);
        std::vector<endpoint> to{silent.door().local_endpoint(), door.local_endpoint()};
        auto opening = patio::open_connection(std::move(to), connect_options{}.attempt_delay(1ms));
        stream opened = co_await std::move(opening);
        EXPECT_EQ(patio::peer_endpoint(opened), door.local_endpoint());
    };
    patio::run(main(), options());
}

TEST_P(connecting, gives_a_silent_address_up_and_says_so) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        full_door silent{directory.path() + "/full"};
        co_await silent.fill();
        for (const auto& limits :
             {connect_options{}.attempt_timeout(1ms), connect_options{}.timeout(1ms)}) {
            try {
                co_await patio::open_connection(silent.door().local_endpoint(), limits);
                ADD_FAILURE() << "a full queue was passed";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), std::errc::timed_out);
                EXPECT_EQ(std::string{e.what()}.find("connecting to " + directory.path()), 0U);
            }
        }
    };
    patio::run(main(), options());
}

TEST_P(connecting, waits_for_room_in_a_full_queue) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        full_door full{directory.path() + "/full"};
        co_await full.fill();
        auto opening = patio::create_task(patio::open_connection(full.door().local_endpoint()));
        co_await patio::sleep(1ms);
        EXPECT_FALSE(opening.done());
        stream first = co_await full.door().accept();
        stream second = co_await std::move(opening);
        EXPECT_FALSE(second.is_closed());
    };
    patio::run(main(), options());
}

TEST_P(connecting, leaves_nothing_when_it_is_cancelled) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        full_door silent{directory.path() + "/full"};
        co_await silent.fill();
        std::vector<endpoint> to(3, silent.door().local_endpoint());
        const auto before = patio::test_support::descriptor_count();
        const auto opened = co_await patio::move_on_after(
            2ms, patio::open_connection(std::move(to), connect_options{}.attempt_delay(100us)));
        EXPECT_FALSE(opened.has_value());
        EXPECT_EQ(patio::test_support::descriptor_count(), before);
    };
    patio::run(main(), options());
}

TEST_P(connecting, begins_where_it_is_told_to) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        const auto from = connect_options{}.local(endpoint::parse("127.0.0.7:0"));
        auto opening = patio::open_connection(door.local_endpoint(), from);
        stream opened = co_await std::move(opening);
        EXPECT_EQ(patio::local_endpoint(opened).address().to_string(), "127.0.0.7");
        stream accepted = co_await door.accept();
        EXPECT_EQ(patio::peer_endpoint(accepted).address().to_string(), "127.0.0.7");
    };
    patio::run(main(), options());
}

TEST_P(connecting, sets_the_socket_up) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        auto plain = patio::open_connection(door.local_endpoint());
        stream first = co_await std::move(plain);
        EXPECT_EQ(option_of(first, IPPROTO_TCP, TCP_NODELAY), 1);
        EXPECT_EQ(option_of(first, SOL_SOCKET, SO_KEEPALIVE), 0);
        auto with = patio::open_connection(
            door.local_endpoint(), connect_options{}.keep_alive(90s).collect_small_writes());
        stream second = co_await std::move(with);
        EXPECT_EQ(option_of(second, IPPROTO_TCP, TCP_NODELAY), 0);
        EXPECT_EQ(option_of(second, SOL_SOCKET, SO_KEEPALIVE), 1);
        EXPECT_EQ(option_of(second, IPPROTO_TCP, TCP_KEEPIDLE), 90);
    };
    patio::run(main(), options());
}

// --- by name

TEST_P(connecting, finds_the_addresses_of_a_name_and_tries_them_in_turn) {
    const patio::test_support::scratch_directory directory;
    const std::string hosts = directory.path() + "/hosts";
    std::ofstream{hosts} << "::1 two-families\n127.0.0.1 two-families\n";
    const auto main = [&]() -> patio::async<> {
        listener door = listener::open(any_port);  // IPv4 only: the first address refuses
        const auto from_hosts =
            connect_options{}.resolving(patio::resolve_options{}.hosts_file(hosts));
        auto opening =
            patio::open_connection("two-families", door.local_endpoint().port(), from_hosts);
        stream opened = co_await std::move(opening);
        EXPECT_EQ(patio::peer_endpoint(opened), door.local_endpoint());
    };
    patio::run(main(), options());
}

TEST_P(connecting, names_the_host_that_was_asked_for) {
    const patio::test_support::scratch_directory directory;
    const std::string hosts = directory.path() + "/hosts";
    std::ofstream{hosts} << "127.0.0.1 nobody-listens\n";
    const auto main = [&]() -> patio::async<> {
        const endpoint nobody = refusing_endpoint();
        const auto from_hosts =
            connect_options{}.resolving(patio::resolve_options{}.hosts_file(hosts));
        try {
            auto opening = patio::open_connection("nobody-listens", nobody.port(), from_hosts);
            co_await std::move(opening);
            ADD_FAILURE() << "connected to nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(std::string{e.what()},
                      "connecting to nobody-listens:" + std::to_string(nobody.port()) + " (" +
                          nobody.to_string() + "): Connection refused");
        }
    };
    patio::run(main(), options());
}

TEST_P(connecting, needs_an_address) {
    const auto main = []() -> patio::async<> {
        std::vector<endpoint> none;
        co_await patio::open_connection(std::move(none));
    };
    EXPECT_THROW(patio::run(main(), options()), patio::usage_error);
}

// --- the layer that is to greet the peer

class recording_layer final : public patio::stream_layer {
public:
    patio::async<> start(stream& over, std::string peer_name) const override {
        co_await over.write("to ", peer_name, "\n");
    }
};

class silent_layer final : public patio::stream_layer {
public:
    patio::async<> start(stream&, std::string) const override { co_await patio::sleep(1h); }
};

TEST_P(connecting, lets_a_layer_greet_the_host) {
    const auto main = []() -> patio::async<> {
        const recording_layer layer;
        listener door = listener::open(any_port);
        auto opening = patio::open_connection(door.local_endpoint(), connect_options{}.tls(layer));
        stream opened = co_await std::move(opening);
        stream accepted = co_await door.accept();
        const auto line = co_await accepted.read_line();
        EXPECT_EQ(line, "to 127.0.0.1");
    };
    patio::run(main(), options());
}

TEST_P(connecting, includes_the_greeting_in_the_time_limit) {
    const auto main = []() -> patio::async<> {
        const silent_layer layer;
        listener door = listener::open(any_port);
        const auto hurried = connect_options{}.tls(layer).timeout(2ms);
        try {
            co_await patio::open_connection(door.local_endpoint(), hurried);
            ADD_FAILURE() << "the greeting was not waited for";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::timed_out);
        }
    };
    patio::run(main(), options());
}

}  // namespace
