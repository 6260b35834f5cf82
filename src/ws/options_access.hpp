// SPDX-License-Identifier: MIT
#pragma once

// What the options say, for those who keep to it.

#include "wire_ws/deflate.hpp"
#include "wire_ws/deflate_agreement.hpp"
#include "wire_ws/frame_reader.hpp"

#include <patio/ws/connection_options.hpp>
#include <patio/ws/handshake_options.hpp>

#include <string>
#include <vector>

namespace patio::ws::detail {

struct options_access {
    [[nodiscard]] static wire::ws::reader_limits limits(const connection_options& of) noexcept {
        return {of.frame_bytes_max_, of.message_bytes_max_, of.fragments_max_};
    }
    [[nodiscard]] static duration ping_interval(const connection_options& of) noexcept {
        return of.ping_interval_;
    }
    [[nodiscard]] static duration ping_timeout(const connection_options& of) noexcept {
        return of.ping_timeout_;
    }
    [[nodiscard]] static duration close_timeout(const connection_options& of) noexcept {
        return of.close_timeout_;
    }
    [[nodiscard]] static bool wants_compression(const connection_options& of) noexcept {
        return of.compression_.has_value();
    }
    /// Of options that want compression.
    [[nodiscard]] static wire::ws::deflate_wishes wishes(const connection_options& of) noexcept {
        const deflate_options& how = *of.compression_;
        return {how.own_window_bits_max_, how.peer_window_bits_max_, !how.is_own_context_kept_,
                !how.is_peer_context_kept_};
    }
    /// The same, as this side's compressor has to be.
    [[nodiscard]] static wire::ws::deflater::settings compressor(
        const connection_options& of, const wire::ws::deflate_agreement& agreed,
        wire::ws::role self) noexcept {
        using wire::ws::context;
        const bool is_server = self == wire::ws::role::server;
        const bool drops = is_server ? agreed.server_drops_context : agreed.client_drops_context;
        return {is_server ? agreed.server_window_bits : agreed.client_window_bits,
                of.compression_->level_, of.compression_->memory_level_,
                drops ? context::dropped : context::kept};
    }
    [[nodiscard]] static std::size_t threshold_bytes(const connection_options& of) noexcept {
        return of.compression_->threshold_bytes_;
    }

    // --- accept_options and connect_options
    template <class Options>
    [[nodiscard]] static const connection_options& connection(const Options& of) noexcept {
        return of.connection_;
    }
    template <class Options>
    [[nodiscard]] static const std::vector<std::string>& subprotocols(const Options& of) noexcept {
        return of.subprotocols_;
    }
    /// Null: pages of the same origin.
    [[nodiscard]] static accept_options::origin_test* origin_test(
        const accept_options& of) noexcept {
        return of.is_allowed_.get();
    }
};

}  // namespace patio::ws::detail
