// SPDX-License-Identifier: MIT
#pragma once

// How connections are opened, below the names of hosts.

#include "file_descriptor.hpp"

#include <patio/io/connect.hpp>

#include <string>
#include <utility>
#include <vector>

namespace patio::detail {

/// The options, for those who carry them out.
struct connect_settings {
    explicit connect_settings(connect_options options_) : options{std::move(options_)} {}

    [[nodiscard]] duration timeout() const noexcept { return options.timeout_; }
    [[nodiscard]] duration attempt_timeout() const noexcept { return options.attempt_timeout_; }
    [[nodiscard]] duration attempt_delay() const noexcept { return options.attempt_delay_; }
    [[nodiscard]] const stream_layer* layer() const noexcept { return options.layer_; }
    [[nodiscard]] resolve_options resolving() const {
        return options.resolving_ ? *options.resolving_ : resolve_options{};
    }
    [[nodiscard]] stream_limits limits() const noexcept { return options.limits_; }

    /// A socket for this peer, not connected yet. **Fails** with patio::error.
    [[nodiscard]] file_descriptor make_socket(const endpoint& to) const;

    connect_options options;

private:
    void set_up_tcp(int fd) const noexcept;
};

/// Connects to the first address that answers, and lets the layer greet `host`. `doing` begins the
/// message of a failure.
[[nodiscard]] async<stream> connect_and_greet(std::vector<endpoint> to,
                                              const connect_settings& settings, std::string host,
                                              std::string doing);
/// Fails with `std::errc::timed_out` if a connection is not open in time.
[[nodiscard]] async<stream> within_time(async<stream> opening, duration limit, std::string doing);

}  // namespace patio::detail
