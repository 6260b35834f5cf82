// SPDX-License-Identifier: MIT

#include "io/socket_address.hpp"

#include "io/file_descriptor.hpp"

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>

namespace {

using patio::endpoint;
using patio::detail::file_descriptor;
using patio::detail::socket_address;
using namespace std::string_literals;

TEST(socket_address, carries_every_kind_of_endpoint) {
    for (const char* text : {"127.0.0.1:80", "[::1]:65535", "[fe80::1%3]:22", "/run/app.sock",
                             "./relative", "@abstract"}) {
        EXPECT_EQ(socket_address{endpoint::parse(text)}.to_endpoint().to_string(), text);
    }
    for (const std::string& name :
         {""s, "\0with\0zeros\0"s, std::string(107, 'x'), "\0"s + std::string(107, 'x')}) {
        const auto unix_socket = endpoint::unix_socket(name);
        EXPECT_EQ(socket_address{unix_socket}.to_endpoint(), unix_socket) << name;
    }
}

TEST(socket_address, is_what_the_kernel_expects) {
    const socket_address address{endpoint::parse("127.0.0.1:258")};
    EXPECT_EQ(address.length, sizeof(sockaddr_in));
    sockaddr_in v4{};
    std::memcpy(&v4, address.data(), sizeof v4);
    EXPECT_EQ(v4.sin_port, htons(258));
    EXPECT_EQ(v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));

    EXPECT_EQ(socket_address{endpoint::parse("[::1]:1")}.length, sizeof(sockaddr_in6));
    const auto head = offsetof(sockaddr_un, sun_path);
    EXPECT_EQ(socket_address{endpoint::parse("/a")}.length, head + 3);
    EXPECT_EQ(socket_address{endpoint::parse("@a")}.length, head + 2);
    EXPECT_EQ(socket_address{endpoint::unix_socket("")}.length, head);
}

TEST(socket_address, reads_what_the_kernel_writes) {
    const auto bound = [](const endpoint& to) {
        const socket_address wanted{to};
        const file_descriptor socket = file_descriptor::checked(
            ::socket(wanted.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        EXPECT_EQ(::bind(socket.value(), wanted.data(), wanted.length), 0);
        socket_address got;
        EXPECT_EQ(::getsockname(socket.value(), got.data(), &got.length), 0);
        return got.to_endpoint();
    };
    const auto v4 = bound(endpoint::parse("127.0.0.1:0"));
    EXPECT_EQ(v4.address(), patio::ip_address::loopback_v4());
    EXPECT_NE(v4.port(), 0);
    // Without a name the kernel chooses an abstract one: five hexadecimal digits.
    const auto chosen = bound(endpoint::unix_socket(""));
    EXPECT_TRUE(chosen.is_abstract());
    EXPECT_EQ(chosen.unix_name().size(), 6U);
}

TEST(socket_address, of_an_unnamed_peer_is_an_unnamed_unix_socket) {
    int pair[2] = {};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const file_descriptor first{pair[0]};
    const file_descriptor second{pair[1]};
    socket_address peer;
    ASSERT_EQ(::getpeername(first.value(), peer.data(), &peer.length), 0);
    EXPECT_EQ(peer.to_endpoint(), endpoint::unix_socket(""));
    peer.length = 0;
    EXPECT_EQ(peer.to_endpoint(), endpoint::unix_socket(""));
}

TEST(socket_address, takes_paths_that_fill_the_structure_to_its_end) {
    sockaddr_un full{};
    full.sun_family = AF_UNIX;
    std::memset(full.sun_path, 'x', sizeof full.sun_path);
    const auto made =
        socket_address{reinterpret_cast<const sockaddr*>(&full), sizeof full}.to_endpoint();
    EXPECT_EQ(made.unix_name(), std::string(sizeof full.sun_path, 'x'));
    EXPECT_EQ(socket_address{made}.length, sizeof full);
}

TEST(socket_address, refuses_families_that_have_no_endpoint) {
    socket_address other;
    other.storage.ss_family = AF_NETLINK;
    try {
        (void)other.to_endpoint();
        ADD_FAILURE();
    } catch (const patio::error& e) {
        EXPECT_EQ(e.code(), patio::errc::unsupported);
    }
}

}  // namespace
