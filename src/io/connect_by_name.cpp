// SPDX-License-Identifier: MIT

#include "connect_settings.hpp"
#include "interleave.hpp"

#include <patio/io/resolve.hpp>

namespace patio {
namespace detail {
namespace {

async<stream> resolve_and_connect(std::string host, std::uint16_t port,
                                  const connect_settings& settings, std::string doing) {
    auto resolving = resolve(host, port, settings.resolving());
    std::vector<endpoint> addresses = co_await std::move(resolving);
    auto connecting = connect_and_greet(interleave(std::move(addresses)), settings, host, doing);
    stream opened = co_await std::move(connecting);
    co_return opened;
}

}  // namespace
}  // namespace detail

async<stream> open_connection(std::string host, std::uint16_t port, connect_options options) {
    const detail::connect_settings settings{std::move(options)};
    const std::string doing = "connecting to " + host + ":" + std::to_string(port);
    auto opening = detail::resolve_and_connect(std::move(host), port, settings, doing);
    stream opened = co_await detail::within_time(std::move(opening), settings.timeout(), doing);
    co_return opened;
}

}  // namespace patio
