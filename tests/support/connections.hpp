// SPDX-License-Identifier: MIT
#pragma once

// Connected streams for tests of what happens on them.

#include <patio/core/gather.hpp>
#include <patio/core/stream.hpp>
#include <patio/io/connect.hpp>
#include <patio/io/listener.hpp>

#include <string>
#include <utility>

#include <unistd.h>

namespace patio::test_support {

struct connection {
    stream ours;
    stream theirs;
};

/// Both ends of a connection through a listener that is gone again.
inline async<connection> connect_at(endpoint at) {
    listener door = listener::open(at);
    auto [ours, theirs] = co_await gather(door.accept(), open_connection(door.local_endpoint()));
    connection made;
    made.ours = std::move(ours);
    made.theirs = std::move(theirs);
    co_return made;
}
inline async<connection> tcp_connection() {
    return connect_at(endpoint{ip_address::loopback_v4(), 0});
}
/// Under an abstract name, so that no file is needed.
inline async<connection> unix_connection() {
    static int count = 0;
    const std::string name = std::string(1, '\0') + "patio-test-" + std::to_string(::getpid()) +
                             "-" + std::to_string(++count);
    return connect_at(endpoint::unix_socket(name));
}

}  // namespace patio::test_support
