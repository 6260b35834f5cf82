// SPDX-License-Identifier: MIT

#include <patio/io/udp.hpp>

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <net/if.h>
#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
using patio::byte_span;
using patio::byte_view;
using patio::datagram;
using patio::endpoint;
using patio::udp_options;
using patio::udp_socket;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

/// Memory that knows how to receive into itself.
struct mailbox {
    std::array<char, 2000> memory{};
    datagram last;

    patio::async<std::string> next(udp_socket& from) {
        last = co_await from.receive(memory);
        co_return std::string{memory.data(), last.size};
    }
};

/// A port of this machine where nobody receives.
endpoint refusing_endpoint() { return udp_socket::bind(any_port).local_endpoint(); }

class udp_sockets : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(udp_sockets);

// --- one at a time

TEST_P(udp_sockets, send_to_each_other_and_know_from_whom) {
    const auto main = []() -> patio::async<> {
        udp_socket first = udp_socket::bind(any_port);
        udp_socket second = udp_socket::bind(any_port);
        EXPECT_NE(first.local_endpoint().port(), 0);
        EXPECT_FALSE(first.peer_endpoint().has_value());
        mailbox box;
        co_await first.send_to("ping", second.local_endpoint());
        const std::string ping = co_await box.next(second);
        EXPECT_EQ(ping, "ping");
        EXPECT_EQ(box.last.from, first.local_endpoint());
        EXPECT_FALSE(box.last.is_truncated);
        co_await second.send_to("pong", box.last.from);
        const std::string pong = co_await box.next(first);
        EXPECT_EQ(pong, "pong");
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, wait_for_what_comes_later) {
    const auto main = []() -> patio::async<> {
        udp_socket first = udp_socket::bind(endpoint::parse("[::1]:0"));
        udp_socket second = udp_socket::connect(first.local_endpoint());
        mailbox box;
        auto receiving = patio::create_task(box.next(first));
        co_await patio::yield();
        co_await second.send("late");
        const std::string text = co_await receiving;
        EXPECT_EQ(text, "late");
        EXPECT_EQ(box.last.from, second.local_endpoint());
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, that_are_connected_hear_their_peer_only) {
    const auto main = []() -> patio::async<> {
        udp_socket peer = udp_socket::bind(any_port);
        udp_socket stranger = udp_socket::bind(any_port);
        udp_socket ours = udp_socket::connect(peer.local_endpoint(), udp_options{}.local(any_port));
        EXPECT_EQ(ours.peer_endpoint(), peer.local_endpoint());
        co_await stranger.send_to("psst", ours.local_endpoint());
        co_await peer.send_to("hello", ours.local_endpoint());
        mailbox box;
        const std::string text = co_await box.next(ours);
        EXPECT_EQ(text, "hello");
        EXPECT_EQ(box.last.from, peer.local_endpoint());
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, say_when_a_datagram_was_longer_than_the_memory) {
    const auto main = []() -> patio::async<> {
        udp_socket to = udp_socket::bind(any_port);
        udp_socket from = udp_socket::connect(to.local_endpoint());
        co_await from.send("123456");
        co_await from.send("12345");
        char memory[5];
        const datagram cut = co_await to.receive(memory);
        EXPECT_EQ(cut.size, 5U);
        EXPECT_TRUE(cut.is_truncated);
        const datagram whole = co_await to.receive(memory);
        EXPECT_EQ(whole.size, 5U);
        EXPECT_FALSE(whole.is_truncated);
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, take_an_empty_datagram_for_one) {
    const auto main = []() -> patio::async<> {
        udp_socket to = udp_socket::bind(any_port);
        udp_socket from = udp_socket::connect(to.local_endpoint());
        co_await from.send(byte_view{});
        co_await from.send("x");
        mailbox box;
        const std::string empty = co_await box.next(to);
        EXPECT_EQ(empty, "");
        EXPECT_EQ(box.last.from, from.local_endpoint());
        const datagram thrown_away = co_await to.receive(byte_span{});
        EXPECT_EQ(thrown_away.size, 0U);
        EXPECT_TRUE(thrown_away.is_truncated);
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, that_are_connected_hear_that_nobody_is_there_and_go_on) {
    const auto main = []() -> patio::async<> {
        const endpoint nobody = refusing_endpoint();
        udp_socket ours = udp_socket::connect(nobody);
        co_await ours.send("anybody?");
        mailbox box;
        for (int i = 0; i < 2; ++i) {
            try {
                co_await box.next(ours);
                ADD_FAILURE() << "nobody has answered";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), std::errc::connection_refused);
                EXPECT_EQ(std::string{e.what()}, "receiving a datagram: Connection refused");
            }
            if (i == 0) co_await ours.send("really not?");
        }
        udp_socket somebody = udp_socket::bind(nobody);
        co_await ours.send("hello");
        const std::string text = co_await box.next(somebody);
        EXPECT_EQ(text, "hello");
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, tell_a_receiver_that_waits_what_has_become_of_a_datagram) {
    const auto main = []() -> patio::async<> {
        udp_socket ours = udp_socket::connect(refusing_endpoint());
        mailbox box;
        const auto receive = [&]() -> patio::async<std::error_code> {
            try {
                co_await box.next(ours);
            } catch (const patio::error& e) {  // the expected way
                co_return e.code();
            }
            co_return std::error_code{};
        };
        auto receiving = patio::create_task(receive());
        co_await patio::yield();
        co_await ours.send("anybody?");
        const std::error_code code = co_await receiving;
        EXPECT_EQ(code, std::errc::connection_refused);
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, say_what_cannot_be_sent) {
    const auto main = []() -> patio::async<> {
        udp_socket ours = udp_socket::bind(any_port);
        const std::string too_long(70'000, 'x');
        try {
            co_await ours.send_to(too_long, ours.local_endpoint());
            ADD_FAILURE() << "70,000 bytes were one datagram";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::message_size);
            EXPECT_EQ(std::string{e.what()}.find("sending a datagram to 127.0.0.1:"), 0U);
        }
        try {
            co_await ours.send("to whom?");
            ADD_FAILURE() << "sent to nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::destination_address_required);
        }
        try {
            co_await ours.send_to("all", endpoint::parse("255.255.255.255:9"));
            ADD_FAILURE() << "a broadcast went out without being allowed";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_TRUE(e.code() == std::errc::permission_denied ||
                        e.code() == std::errc::network_unreachable)
                << e.what();
        }
    };
    patio::run(main(), options());
}

// --- cancelled, closed, used twice

TEST_P(udp_sockets, lose_no_datagram_when_receiving_is_cancelled) {
    const auto main = []() -> patio::async<> {
        udp_socket to = udp_socket::bind(any_port);
        udp_socket from = udp_socket::connect(to.local_endpoint());
        mailbox box;
        for (int i = 0; i < 50; ++i) {
            auto receiving = patio::create_task(box.next(to));
            co_await patio::yield();
            const std::string sent = std::to_string(i);
            if (i % 2 == 0) {
                receiving.cancel();
                co_await from.send(sent);
            } else {
                co_await from.send(sent);
                receiving.cancel();
            }
            std::string got;
            bool is_left_over = false;
            try {
                got = co_await receiving;
            } catch (const patio::task_cancelled&) {  // the datagram is still there
                is_left_over = true;
            }
            if (is_left_over) got = co_await box.next(to);
            EXPECT_EQ(got, sent);
        }
    };
    patio::run(main(), options());
}

patio::async<> expect_closed(patio::task<datagram> receiving) {
    try {
        co_await receiving;
        ADD_FAILURE() << "a closed socket has received";
    } catch (const patio::error& e) {  // the expected way
        EXPECT_EQ(e.code(), patio::errc::closed);
    }
}

TEST_P(udp_sockets, tell_who_waits_that_they_are_closed_or_gone) {
    const auto main = []() -> patio::async<> {
        char memory[10];
        udp_socket ours = udp_socket::bind(any_port);
        auto receiving = patio::create_task(ours.receive(memory));
        co_await patio::yield();
        ours.close();
        EXPECT_TRUE(ours.is_closed());
        EXPECT_EQ(ours.native_handle(), -1);
        co_await expect_closed(receiving);
        co_await expect_closed(patio::create_task(ours.receive(memory)));
        EXPECT_THROW(static_cast<void>(ours.local_endpoint()), patio::error);

        auto other = std::make_unique<udp_socket>(udp_socket::bind(any_port));
        auto orphan = patio::create_task(other->receive(memory));
        co_await patio::yield();
        other.reset();
        co_await expect_closed(orphan);

        udp_socket replaced = udp_socket::bind(any_port);
        auto left_over = patio::create_task(replaced.receive(memory));
        co_await patio::yield();
        replaced = udp_socket{};
        co_await expect_closed(left_over);
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, refuse_a_second_receiver_and_serve_the_first) {
    const auto main = []() -> patio::async<> {
        udp_socket to = udp_socket::bind(any_port);
        mailbox box;
        auto first = patio::create_task(box.next(to));
        co_await patio::yield();
        char memory[10];
        try {
            co_await to.receive(memory);
            ADD_FAILURE() << "two tasks receive at once";
        } catch (const patio::usage_error& e) {  // the expected way
            EXPECT_NE(std::string{e.what()}.find("two tasks receive"), std::string::npos);
        }
        co_await to.send_to("x", to.local_endpoint());  // sending meanwhile is fine
        const std::string text = co_await first;
        EXPECT_EQ(text, "x");
    };
    patio::run(main(), options());
}

// --- many at a time

TEST_P(udp_sockets, send_and_receive_many_in_one_call) {
    const auto main = []() -> patio::async<> {
        udp_socket to = udp_socket::bind(any_port);
        udp_socket from = udp_socket::bind(any_port);
        const std::vector<std::string> texts{"one", "", "three", "a longer one than fits"};
        std::vector<patio::outbound_datagram> out;
        for (const std::string& text : texts)
            out.emplace_back(text, to.local_endpoint());
        const std::size_t sent = co_await from.send_many(out);
        EXPECT_EQ(sent, 4U);

        char memory[6][16];
        std::vector<patio::inbound_datagram> in;
        for (auto& slot : memory)
            in.emplace_back(slot);
        const std::size_t count = co_await to.receive_many(in);
        EXPECT_EQ(count, 4U);
        for (std::size_t i = 0; i < count; ++i) {
            const datagram& got = in[i].received;
            EXPECT_EQ((std::string{memory[i], got.size}), texts[i].substr(0, 16));
            EXPECT_EQ(got.is_truncated, i == 3);
            EXPECT_EQ(got.from, from.local_endpoint());
        }
        const std::size_t none = co_await to.receive_many({});
        EXPECT_EQ(none, 0U);
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, send_more_than_one_batch_and_wait_for_the_first_of_many) {
    const auto main = []() -> patio::async<> {
        udp_socket to = udp_socket::bind(any_port, udp_options{}.receive_buffer_bytes(1 << 20));
        udp_socket from = udp_socket::connect(to.local_endpoint());
        constexpr std::size_t total = udp_socket::batch_max * 2 + 5;
        std::vector<std::array<char, 4>> memory(total);
        std::vector<patio::inbound_datagram> in;
        for (auto& slot : memory)
            in.emplace_back(slot);
        auto receiving = patio::create_task(to.receive_many(in));
        co_await patio::yield();

        const std::vector<patio::outbound_datagram> out(total,
                                                        patio::outbound_datagram{byte_view{"x"}});
        const std::size_t sent = co_await from.send_many(out);
        EXPECT_EQ(sent, total);
        std::size_t received = co_await receiving;
        EXPECT_GE(received, 1U);
        while (received < total) {
            const std::size_t more = co_await to.receive_many(std::span{in}.subspan(received));
            EXPECT_LE(more, udp_socket::batch_max);
            received += more;
        }
        EXPECT_EQ(received, total);
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, stop_a_batch_at_the_first_that_cannot_be_sent) {
    const auto main = []() -> patio::async<> {
        udp_socket ours = udp_socket::bind(any_port);
        const std::string too_long(70'000, 'x');
        std::vector<patio::outbound_datagram> out;
        out.emplace_back("fine", ours.local_endpoint());
        out.emplace_back(too_long, ours.local_endpoint());
        out.emplace_back("fine too", ours.local_endpoint());
        const std::size_t sent = co_await ours.send_many(out);
        EXPECT_EQ(sent, 1U);
        try {
            co_await ours.send_many(std::span{out}.subspan(sent));
            ADD_FAILURE() << "70,000 bytes were one datagram";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::message_size);
        }
    };
    patio::run(main(), options());
}

// --- options

TEST_P(udp_sockets, share_a_port_that_is_to_be_reused) {
    const auto main = []() -> patio::async<> {
        const udp_socket first = udp_socket::bind(any_port, udp_options{}.reuse_port());
        const udp_socket second =
            udp_socket::bind(first.local_endpoint(), udp_options{}.reuse_port());
        EXPECT_EQ(first.local_endpoint(), second.local_endpoint());
        try {
            const udp_socket third = udp_socket::bind(first.local_endpoint());
            ADD_FAILURE() << "a port was shared with one who did not ask";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::address_in_use);
            EXPECT_EQ(std::string{e.what()}, "binding a datagram socket to " +
                                                 first.local_endpoint().to_string() +
                                                 ": Address already in use");
        }
        co_return;
    };
    patio::run(main(), options());
}

int option_of(const udp_socket& of, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(of.native_handle(), level, name, &value, &size), 0);
    return value;
}

TEST_P(udp_sockets, have_the_buffers_and_rights_that_were_asked_for) {
    const auto main = []() -> patio::async<> {
        const udp_socket ours = udp_socket::bind(
            any_port,
            udp_options{}.receive_buffer_bytes(40'000).send_buffer_bytes(30'000).broadcast());
        EXPECT_EQ(option_of(ours, SOL_SOCKET, SO_RCVBUF), 80'000);
        EXPECT_EQ(option_of(ours, SOL_SOCKET, SO_SNDBUF), 60'000);
        EXPECT_EQ(option_of(ours, SOL_SOCKET, SO_BROADCAST), 1);
        co_return;
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, take_both_families_at_once_or_one) {
    const auto main = []() -> patio::async<> {
        udp_socket both = udp_socket::bind(endpoint::parse("[::]:0"));
        udp_socket v4 = udp_socket::connect(
            endpoint{patio::ip_address::loopback_v4(), both.local_endpoint().port()});
        co_await v4.send("x");
        mailbox box;
        co_await box.next(both);
        EXPECT_EQ(box.last.from.address().unmapped(), patio::ip_address::loopback_v4());
        const udp_socket one = udp_socket::bind(endpoint::parse("[::]:0"), udp_options{}.only_v6());
        const udp_socket beside =
            udp_socket::bind(endpoint{patio::ip_address::any_v4(), one.local_endpoint().port()});
        EXPECT_EQ(beside.local_endpoint().port(), one.local_endpoint().port());
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, join_multicast_groups_and_send_to_them) {
    const auto main = []() -> patio::async<> {
        const auto group = patio::ip_address::parse("239.255.77.1");
        const auto options = udp_options{}.join(group).multicast_interface(::if_nametoindex("lo"));
        udp_socket first = udp_socket::bind(endpoint{group, 0}, options);
        udp_socket second = udp_socket::bind(first.local_endpoint(), options);
        udp_socket from =
            udp_socket::bind(any_port, udp_options{}.multicast_interface(::if_nametoindex("lo")));
        co_await from.send_to("all of you", first.local_endpoint());
        mailbox box;
        for (udp_socket* each : {&first, &second}) {
            const std::string text = co_await box.next(*each);
            EXPECT_EQ(text, "all of you");
        }
    };
    patio::run(main(), options());
}

// --- Unix sockets

TEST_P(udp_sockets, at_a_path_exchange_datagrams_and_remove_their_files) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        const endpoint at = endpoint::unix_socket(directory.path() + "/first");
        const endpoint back = endpoint::unix_socket(directory.path() + "/second");
        udp_socket first = udp_socket::bind(at);
        {
            udp_socket second = udp_socket::connect(at, udp_options{}.local(back));
            co_await second.send("ping");
            mailbox box;
            const std::string ping = co_await box.next(first);
            EXPECT_EQ(ping, "ping");
            EXPECT_EQ(box.last.from, back);
            co_await first.send_to("pong", box.last.from);
            const std::string pong = co_await box.next(second);
            EXPECT_EQ(pong, "pong");
            udp_socket unnamed = udp_socket::connect(at);
            co_await unnamed.send("x");
            co_await box.next(first);
            EXPECT_EQ(box.last.from.to_string(), "(unnamed)");
        }
        EXPECT_FALSE(std::filesystem::exists(back.unix_name()));
        EXPECT_TRUE(std::filesystem::exists(at.unix_name()));
        first.close();
        EXPECT_FALSE(std::filesystem::exists(at.unix_name()));
        try {
            const udp_socket nobody = udp_socket::connect(at);
            ADD_FAILURE() << "connected to nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
        }
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, at_a_path_wait_while_the_receiver_is_full_if_they_are_connected) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        udp_socket to = udp_socket::bind(endpoint::unix_socket(directory.path() + "/full"));
        udp_socket from = udp_socket::connect(to.local_endpoint());
        udp_socket passer_by = udp_socket::bind(endpoint::unix_socket(directory.path() + "/other"));
        constexpr int total = 2000;  // net.unix.max_dgram_qlen is at most some hundreds
        int sent = 0;
        const auto send_all = [&]() -> patio::async<> {
            for (; sent < total; ++sent)
                co_await from.send("x");
        };
        auto sending = patio::create_task(send_all());
        for (int last = -1; last != sent; co_await patio::yield())
            last = sent;
        EXPECT_LT(sent, total);
        try {
            co_await passer_by.send_to("me too", to.local_endpoint());
            ADD_FAILURE() << "a full queue took one more";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::no_buffer_space);
        }
        mailbox box;
        for (int i = 0; i < total; ++i)
            co_await box.next(to);
        co_await sending;
        EXPECT_EQ(sent, total);
    };
    patio::run(main(), options());
}

TEST_P(udp_sockets, need_a_running_loop) {
    EXPECT_THROW(static_cast<void>(udp_socket::bind(any_port)), patio::usage_error);
}

}  // namespace
