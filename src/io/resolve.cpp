// SPDX-License-Identifier: MIT

#include "name_query.hpp"
#include "resolver_files.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/io/resolve.hpp>

#include <algorithm>
#include <utility>

namespace patio {

namespace detail {

const resolve_settings& settings_of(const resolve_options& options) noexcept {
    return options.settings_;
}

}  // namespace detail

resolve_options::resolve_options() noexcept = default;
resolve_options::resolve_options(const resolve_options& other) = default;
resolve_options::resolve_options(resolve_options&& other) noexcept = default;
resolve_options& resolve_options::operator=(const resolve_options& other) = default;
resolve_options& resolve_options::operator=(resolve_options&& other) noexcept = default;
resolve_options::~resolve_options() = default;

resolve_options& resolve_options::family(ip_family only) noexcept {
    settings_.family = only;
    return *this;
}

resolve_options& resolve_options::timeout(duration each) {
    if (each <= duration{}) throw usage_error{"a name server needs some time for its answer"};
    settings_.timeout = each;
    return *this;
}

resolve_options& resolve_options::tries(int count) {
    if (count < 1) throw usage_error{"a name server must be asked once at least"};
    settings_.tries = count;
    return *this;
}

resolve_options& resolve_options::answers_max(std::size_t count) noexcept {
    settings_.answers_max = count;
    return *this;
}

resolve_options& resolve_options::name_servers(std::vector<endpoint> servers) {
    for (const endpoint& server : servers) {
        if (server.is_unix()) throw usage_error{"a name server has no Unix socket"};
        if (server.address().scope_id() != 0) {
            throw usage_error{"a name server's address cannot have a scope"};
        }
    }
    settings_.name_servers = std::move(servers);
    return *this;
}

resolve_options& resolve_options::search_domains(std::vector<std::string> domains) {
    settings_.search_domains = std::move(domains);
    return *this;
}

resolve_options& resolve_options::resolv_conf(std::string path) {
    settings_.resolv_conf = std::move(path);
    return *this;
}

resolve_options& resolve_options::hosts_file(std::string path) {
    settings_.hosts_file = std::move(path);
    return *this;
}

namespace {

using detail::name_query;
using detail::resolve_settings;

/// Letters, digits, hyphens and, as they are in use, underscores; RFC 1035, section 2.3.4 for the
/// length. Anything else would be an escape sequence or a second name to somebody on the way.
bool is_possible_name(const std::string& host) noexcept {
    constexpr std::size_t name_bytes_max = 253;
    const std::size_t size = host.size() - (!host.empty() && host.back() == '.' ? 1 : 0);
    return size > 0 && size <= name_bytes_max && std::all_of(host.begin(), host.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

/// Names are the same in small and capital letters, but c-ares compares `localhost` exactly.
std::string lowered(std::string host) {
    for (char& c : host) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (host == "localhost.") host.pop_back();
    return host;
}

std::vector<ip_address> only_of_family(std::vector<ip_address> addresses,
                                       const resolve_settings& settings) {
    if (settings.family) {
        std::erase_if(addresses,
                      [&](const ip_address& each) { return each.family() != *settings.family; });
    }
    return addresses;
}

std::vector<ip_address> find_in_given_hosts(const std::string& name,
                                            const resolve_settings& settings) {
    std::string_view plain = name;
    if (plain.back() == '.') plain.remove_suffix(1);
    const std::string text = detail::read_small_file(settings.hosts_file);
    auto found = only_of_family(detail::find_in_hosts(text, plain), settings);
    if (found.size() > settings.answers_max) {
        throw limit_exceeded{"answers_max", settings.answers_max};
    }
    if (found.empty() && plain == "localhost") {
        // RFC 6761, section 6.3: never a question for the servers.
        found.push_back(ip_address::loopback_v6());
        found.push_back(ip_address::loopback_v4());
        found = only_of_family(std::move(found), settings);
    }
    return found;
}

async<> wait_until_readable(name_query& query) { co_await query.readable(); }

async<std::vector<ip_address>> find_addresses(std::string host, const resolve_settings& settings) {
    if (const auto numeric = ip_address::try_parse(host)) {
        if (settings.family && numeric->family() != *settings.family) {
            throw error{errc::host_not_found, "resolving " + host};
        }
        co_return std::vector<ip_address>(1, *numeric);
    }
    if (!is_possible_name(host)) throw error{errc::malformed, "resolving \"" + host + "\""};
    // Reading the system's files takes its time, and who resolves many names must let others run
    // although all of them may stand in the hosts file.
    co_await yield();
    const std::string name = lowered(std::move(host));
    if (!settings.hosts_file.empty()) {
        auto found = find_in_given_hosts(name, settings);
        if (!found.empty() || name == "localhost") co_return found;
    }
    name_query query{name, settings};
    while (!query.has_ended()) {
        co_await move_on_after(query.time_left(), wait_until_readable(query));
        query.process();
    }
    co_return query.addresses();
}

std::vector<endpoint> with_port(const std::vector<ip_address>& addresses, std::uint16_t port) {
    std::vector<endpoint> endpoints;
    endpoints.reserve(addresses.size());
    for (const ip_address& address : addresses)
        endpoints.emplace_back(address, port);
    return endpoints;
}

}  // namespace

async<std::vector<endpoint>> resolve(std::string host, std::uint16_t port,
                                     resolve_options options) {
    const auto found = co_await find_addresses(std::move(host), detail::settings_of(options));
    co_return with_port(found, port);
}

async<std::vector<endpoint>> resolve(std::string host, std::string service,
                                     resolve_options options) {
    const auto port = detail::find_service(service);
    if (!port) throw error{errc::malformed, "resolving " + host + ", service \"" + service + "\""};
    const auto found = co_await find_addresses(std::move(host), detail::settings_of(options));
    co_return with_port(found, *port);
}

}  // namespace patio
