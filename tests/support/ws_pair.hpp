// SPDX-License-Identifier: MIT
#pragma once

// WebSocket connections for tests: two ends of ours, or one against bytes that are written by hand.

#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/ws/connection.hpp>
#include <patio/ws/handshake_options.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace patio::test_support {

/// The opening handshake over a stream, with heads written and read by hand.
async<ws::connection> accept_websocket(stream over, ws::accept_options options);
async<ws::connection> connect_websocket(stream over, ws::connect_options options,
                                        std::string target = "/");

/// How connections are in most tests: nothing happens by time, nothing is compressed.
[[nodiscard]] inline ws::connection_options quiet() {
    return ws::connection_options{}.ping_interval(duration::forever()).no_compression();
}

/// Two connections that are each other's peer.
class ws_pair {
public:
    ws_pair(ws::connection a, ws::connection b, stream wire) noexcept
        : client{std::move(a)}, server{std::move(b)}, line{std::move(wire)} {}

    ws::connection client;
    ws::connection server;
    stream line;  ///< for `break_off`, as the client's end
};
[[nodiscard]] async<ws_pair> open_ws_pair(testing::memory_options line = {},
                                          ws::connection_options client = quiet(),
                                          ws::connection_options server = quiet());

/// A connection whose peer is made of bytes.
class ws_end {
public:
    ws_end(ws::connection a, stream b) noexcept : ours{std::move(a)}, theirs{std::move(b)} {}

    ws::connection ours;
    stream theirs;
};
[[nodiscard]] ws_end server_end(testing::memory_options line = {},
                                const ws::connection_options& options = quiet());
[[nodiscard]] ws_end client_end(testing::memory_options line = {},
                                const ws::connection_options& options = quiet());

/// Bytes that cannot be compressed; the same ones each time.
[[nodiscard]] std::string noise(std::size_t size);

/// A frame as the peer of a server writes it (masked), or that of a client.
[[nodiscard]] std::string from_client(unsigned first, std::string_view payload);
[[nodiscard]] std::string from_server(unsigned first, std::string_view payload);

}  // namespace patio::test_support
