// SPDX-License-Identifier: MIT
#pragma once

// What can stand between a stream and its transport.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>

#include <string>  // tidy: allow(heavy-header): the name of a host

namespace patio {

/// Encrypts streams, or does whatever else to their bytes: TLS contexts are the ones that exist.
/// Those who open connections and serve them know no more of encryption than this.
///
/// **Threads** one object may serve all loops of a program.
class PATIO_EXPORT stream_layer {
public:
    virtual ~stream_layer();

    /// Puts itself under the stream, in place, and says hello to the other side. `peer_name` is the
    /// host that a client wants to speak to; a server leaves it empty.
    ///
    /// **Borrows** the stream, which must stay where it is, and this object, until it returns; the
    /// stream then has all that it needs.
    /// **Fails** as the layer's protocol says; then, and when it is cancelled, the stream is
    /// closed.
    [[nodiscard]] virtual async<> start(stream& over, std::string peer_name) const = 0;

protected:
    stream_layer() noexcept = default;
    stream_layer(const stream_layer&) noexcept = default;
    stream_layer& operator=(const stream_layer&) noexcept = default;
};

/// What `stream::start_tls` does with a layer.
[[nodiscard]] PATIO_DETAIL_COROUTINE_WRAPPER inline async<> start_layer(
    stream& over, const stream_layer& layer, std::string peer_name = {}) {
    return layer.start(over, std::move(peer_name));
}

}  // namespace patio
