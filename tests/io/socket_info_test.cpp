// SPDX-License-Identifier: MIT

#include <patio/io/socket_info.hpp>

#include "support/connections.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>
#include <patio/testing/memory_stream.hpp>

#include <gtest/gtest.h>

#include <system_error>
#include <utility>

#include <sys/socket.h>

namespace {

using patio::async;
using patio::endpoint;
using patio::stream;
using patio::test_support::connection;

class socket_information : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(socket_information);

TEST_P(socket_information, names_both_ends_from_both_sides) {
    const auto main = []() -> async<> {
        for (const patio::ip_address& address :
             {patio::ip_address::loopback_v4(), patio::ip_address::loopback_v6()}) {
            patio::listener door = patio::listener::open(endpoint{address, 0});
            auto [ours, theirs] = co_await patio::gather(
                door.accept(), patio::open_connection(door.local_endpoint()));
            EXPECT_EQ(patio::local_endpoint(ours), door.local_endpoint());
            EXPECT_EQ(patio::peer_endpoint(theirs), door.local_endpoint());
            EXPECT_EQ(patio::peer_endpoint(ours), patio::local_endpoint(theirs));
            EXPECT_EQ(patio::local_endpoint(theirs).address(), address);
            EXPECT_NE(patio::local_endpoint(theirs), door.local_endpoint());
        }
    };
    patio::run(main(), options());
}

TEST_P(socket_information, knows_that_clients_of_unix_sockets_have_no_name) {
    const auto main = []() -> async<> {
        connection pair = co_await patio::test_support::unix_connection();
        EXPECT_EQ(patio::peer_endpoint(pair.ours).to_string(), "(unnamed)");
        EXPECT_EQ(patio::local_endpoint(pair.theirs).to_string(), "(unnamed)");
        EXPECT_TRUE(patio::local_endpoint(pair.ours).is_abstract());
        EXPECT_EQ(patio::peer_endpoint(pair.theirs), patio::local_endpoint(pair.ours));
    };
    patio::run(main(), options());
}

TEST_P(socket_information, still_names_a_peer_that_has_ended_its_half) {
    const auto main = []() -> async<> {
        connection pair = co_await patio::test_support::tcp_connection();
        const endpoint before = patio::peer_endpoint(pair.ours);
        co_await pair.theirs.shutdown();
        co_await pair.ours.read_all();
        EXPECT_EQ(patio::peer_endpoint(pair.ours), before);
    };
    patio::run(main(), options());
}

TEST_P(socket_information, says_that_a_connection_was_reset) {
    const auto main = []() -> async<> {
        connection pair = co_await patio::test_support::tcp_connection();
        const endpoint here = patio::local_endpoint(pair.ours);
        const linger at_once{1, 0};
        ::setsockopt(pair.theirs.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        pair.theirs.abort();
        try {
            co_await pair.ours.read_all();
            ADD_FAILURE() << "read to the end of a reset connection";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_reset);
        }
        try {
            static_cast<void>(patio::peer_endpoint(pair.ours));
            ADD_FAILURE() << "a reset connection has a peer";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::not_connected);
        }
        EXPECT_EQ(patio::local_endpoint(pair.ours).address(), here.address());
    };
    patio::run(main(), options());
}

TEST_P(socket_information, needs_an_open_stream_over_a_socket) {
    const auto main = []() -> async<> {
        auto memory = patio::testing::memory_streams();
        connection pair = co_await patio::test_support::tcp_connection();
        pair.ours.abort();
        const stream none;
        const stream* const all[] = {&memory.first, &pair.ours, &none};
        for (const stream* each : all) {
            EXPECT_THROW(static_cast<void>(patio::peer_endpoint(*each)), patio::usage_error);
            EXPECT_THROW(static_cast<void>(patio::local_endpoint(*each)), patio::usage_error);
        }
    };
    patio::run(main(), options());
}

}  // namespace
