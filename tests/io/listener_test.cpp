// SPDX-License-Identifier: MIT

#include <patio/io/listener.hpp>

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
using patio::endpoint;
using patio::listener;
using patio::stream;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

class listeners : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(listeners);

TEST_P(listeners, know_the_port_that_the_kernel_has_chosen) {
    const auto main = []() -> patio::async<> {
        const listener door = listener::open(any_port);
        EXPECT_NE(door.local_endpoint().port(), 0);
        EXPECT_EQ(door.local_endpoint().address(), patio::ip_address::loopback_v4());
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(listeners, accept_what_connects) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        auto [ours, theirs] =
            co_await patio::gather(door.accept(), patio::open_connection(door.local_endpoint()));
        EXPECT_EQ(patio::peer_endpoint(ours), patio::local_endpoint(theirs));
        EXPECT_EQ(patio::peer_endpoint(theirs), door.local_endpoint());
        co_await theirs.write("hello");
        co_await theirs.shutdown();
        const std::string text = co_await ours.read_all();
        EXPECT_EQ(text, "hello");
    };
    patio::run(main(), options());
}

TEST_P(listeners, listen_on_both_families_at_once_or_on_one) {
    const auto main = []() -> patio::async<> {
        listener both = listener::open(endpoint::parse("[::]:0"));
        const endpoint by_v4{patio::ip_address::loopback_v4(), both.local_endpoint().port()};
        auto [ours, theirs] = co_await patio::gather(both.accept(), patio::open_connection(by_v4));
        EXPECT_TRUE(patio::peer_endpoint(ours).address().is_v4_mapped());
        listener one = listener::open(endpoint::parse("[::]:0"), patio::listen_options{}.only_v6());
        const endpoint refused{patio::ip_address::loopback_v4(), one.local_endpoint().port()};
        try {
            co_await patio::open_connection(refused);
            ADD_FAILURE() << "IPv4 reached an IPv6 listener";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_refused);
        }
    };
    patio::run(main(), options());
}

TEST_P(listeners, name_the_endpoint_that_is_in_use) {
    const auto main = []() -> patio::async<> {
        const listener door = listener::open(any_port);
        try {
            const listener second = listener::open(door.local_endpoint());
            ADD_FAILURE() << "two listen at one port";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::address_in_use);
            EXPECT_EQ(std::string{e.what()}, "listening at " + door.local_endpoint().to_string() +
                                                 ": Address already in use");
        }
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(listeners, share_a_port_that_is_to_be_reused) {
    const auto main = []() -> patio::async<> {
        const listener first = listener::open(any_port, patio::listen_options{}.reuse_port());
        const listener second =
            listener::open(first.local_endpoint(), patio::listen_options{}.reuse_port());
        EXPECT_EQ(first.local_endpoint(), second.local_endpoint());
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(listeners, lose_no_connection_when_accepting_is_cancelled) {
    // The name of the origin: test_cancel_sock_accept.
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        for (int i = 0; i < 3; ++i) {
            const auto nobody = co_await patio::move_on_after(100us, door.accept());
            EXPECT_FALSE(nobody.has_value());
        }
        stream theirs = co_await patio::open_connection(door.local_endpoint());
        stream ours = co_await door.accept();
        EXPECT_EQ(patio::peer_endpoint(ours), patio::local_endpoint(theirs));
    };
    patio::run(main(), options());
}

TEST_P(listeners, refuse_a_second_task_and_serve_the_first) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        auto first = patio::create_task(door.accept());
        co_await patio::yield();
        try {
            co_await door.accept();
            ADD_FAILURE() << "two tasks accept at once";
        } catch (const patio::usage_error& e) {  // the expected way
            EXPECT_NE(std::string{e.what()}.find("two tasks accept"), std::string::npos);
        }
        stream theirs = co_await patio::open_connection(door.local_endpoint());
        stream ours = co_await std::move(first);
        EXPECT_FALSE(ours.is_closed());
    };
    patio::run(main(), options());
}

patio::async<> expect_closed(patio::task<stream> accepting) {
    try {
        co_await accepting;
        ADD_FAILURE() << "a closed listener has accepted";
    } catch (const patio::error& e) {  // the expected way
        EXPECT_EQ(e.code(), patio::errc::closed);
    }
}

TEST_P(listeners, tell_who_waits_that_they_are_closed_or_gone) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        auto accepting = patio::create_task(door.accept());
        co_await patio::yield();
        door.close();
        co_await expect_closed(accepting);
        auto again = patio::create_task(door.accept());
        co_await expect_closed(again);

        auto other = std::make_unique<listener>(listener::open(any_port));
        auto orphan = patio::create_task(other->accept());
        co_await patio::yield();
        other.reset();
        co_await expect_closed(orphan);
    };
    patio::run(main(), options());
}

TEST_P(listeners, refuse_connections_once_they_are_closed) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        const endpoint at = door.local_endpoint();
        const auto nobody = co_await patio::move_on_after(100us, door.accept());  // it is polled
        EXPECT_FALSE(nobody.has_value());
        door.close();
        try {
            co_await patio::open_connection(at);
            ADD_FAILURE() << "a closed listener was reached";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_refused);
        }
    };
    patio::run(main(), options());
}

// --- Unix sockets

TEST_P(listeners, at_a_path_remove_their_file) {
    // The names of the origin: UnixServerCleanupTests.
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        const std::string path = directory.path() + "/door";
        listener door = listener::open(endpoint::unix_socket(path));
        auto [ours, theirs] =
            co_await patio::gather(door.accept(), patio::open_unix_connection(path));
        EXPECT_TRUE(std::filesystem::exists(path));
        EXPECT_EQ(patio::peer_endpoint(theirs).unix_name(), path);
        door.close();
        EXPECT_FALSE(std::filesystem::exists(path));
    };
    patio::run(main(), options());
}

TEST_P(listeners, at_a_path_leave_the_file_of_a_successor_alone) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        const std::string path = directory.path() + "/door";
        listener door = listener::open(endpoint::unix_socket(path));
        std::filesystem::rename(path, path + ".old");
        listener successor = listener::open(endpoint::unix_socket(path));
        door.close();
        EXPECT_TRUE(std::filesystem::exists(path));
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(listeners, at_a_path_replace_the_file_that_a_killed_program_has_left) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        const std::string path = directory.path() + "/door";
        {
            const listener killed = listener::open(endpoint::unix_socket(path));
            std::filesystem::rename(path, path + ".kept");  // as if it had not been removed
        }
        std::filesystem::rename(path + ".kept", path);
        const listener door = listener::open(endpoint::unix_socket(path));
        EXPECT_FALSE(door.is_closed());
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(listeners, at_a_path_replace_neither_a_living_server_nor_another_file) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        const std::string path = directory.path() + "/door";
        const listener door = listener::open(endpoint::unix_socket(path));
        const std::string file = directory.path() + "/file";
        std::ofstream{file} << "precious";
        for (const std::string& taken : {path, file}) {
            try {
                const listener second = listener::open(endpoint::unix_socket(taken));
                ADD_FAILURE() << taken << " was replaced";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), std::errc::address_in_use);
            }
        }
        EXPECT_TRUE(std::filesystem::exists(file));
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(listeners, at_an_abstract_name_need_no_file) {
    const auto main = []() -> patio::async<> {
        const std::string name =
            std::string(1, '\0') + "patio-listener-test-" + std::to_string(::getpid());
        listener door = listener::open(endpoint::unix_socket(name));
        auto [ours, theirs] =
            co_await patio::gather(door.accept(), patio::open_unix_connection(name));
        co_await ours.write("x");
        const std::string text = co_await theirs.read_exactly(1);
        EXPECT_EQ(text, "x");
    };
    patio::run(main(), options());
}

TEST_P(listeners, need_a_running_loop_and_leave_no_file_without) {
    EXPECT_THROW(static_cast<void>(listener::open(any_port)), patio::usage_error);
    const patio::test_support::scratch_directory directory;
    const std::string path = directory.path() + "/door";
    EXPECT_THROW(static_cast<void>(listener::open(endpoint::unix_socket(path))),
                 patio::usage_error);
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
