// SPDX-License-Identifier: MIT
#pragma once

// From names of hosts and services to endpoints.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/io/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace patio {

class resolve_options;

namespace detail {

/// What `resolve_options` holds.
struct resolve_settings {
    std::optional<ip_family> family;
    std::optional<duration> timeout;
    std::optional<int> tries;
    std::size_t answers_max = 256;
    std::vector<endpoint> name_servers;
    std::optional<std::vector<std::string>> search_domains;
    std::string resolv_conf;
    std::string hosts_file;
};

[[nodiscard]] const resolve_settings& settings_of(const resolve_options& options) noexcept;

}  // namespace detail

/// How a name is looked up. What is not said is as the system's files have it. Each setter changes
/// one and returns the object.
///
/// ```
/// co_await patio::resolve("example.org", 443,
///                         patio::resolve_options{}.family(patio::ip_family::v6).timeout(1s));
/// ```
class PATIO_EXPORT resolve_options {
public:
    resolve_options() noexcept;
    resolve_options(const resolve_options& other);
    resolve_options(resolve_options&& other) noexcept;
    resolve_options& operator=(const resolve_options& other);
    resolve_options& operator=(resolve_options&& other) noexcept;
    ~resolve_options();

    /// Only addresses of this kind. By default both are asked for at the same time.
    resolve_options& family(ip_family only) noexcept;
    /// How long one server has for its answer, the first time; each further round through the
    /// servers gives twice as long. By default what `options timeout:` in resolv.conf says, else
    /// 5 s. Counted in milliseconds. **Fails** with usage_error if it is not positive.
    ///
    /// **Use** `patio::timeout` to limit the whole of it.
    resolve_options& timeout(duration each);
    /// How often each server is asked. By default what `options attempts:` in resolv.conf says,
    /// else twice. **Fails** with usage_error if it is not positive.
    resolve_options& tries(int count);
    /// How many addresses a name may have: more are an error and no reason to work all day. 256 by
    /// default.
    resolve_options& answers_max(std::size_t count) noexcept;

    /// Asks these servers instead of those of resolv.conf. Port 0 is 53. **Fails** with usage_error
    /// if one is a Unix socket or has a scope.
    resolve_options& name_servers(std::vector<endpoint> servers);
    /// Tries names with fewer dots than `ndots` in these domains, instead of those of resolv.conf.
    /// Empty: names are taken as they are.
    resolve_options& search_domains(std::vector<std::string> domains);
    /// Reads another file instead of /etc/resolv.conf.
    resolve_options& resolv_conf(std::string path);
    /// Reads another file instead of /etc/hosts, whatever /etc/nsswitch.conf says, and then asks
    /// the servers. The addresses come in the file's order.
    resolve_options& hosts_file(std::string path);

private:
    friend const detail::resolve_settings& detail::settings_of(const resolve_options&) noexcept;

    detail::resolve_settings settings_;
};

/// Looks the addresses of a host up, without blocking the loop and without a thread.
///
/// ```
/// for (const patio::endpoint& at : co_await patio::resolve("localhost", "http")) …
/// ```
///
/// A numeric address is taken as it is. Names are looked up in /etc/hosts and then with the servers
/// of /etc/resolv.conf, in the order of /etc/nsswitch.conf, with its search domains, over UDP, and
/// over TCP where an answer is too long. Other sources of nsswitch.conf (mDNS, LDAP) are not asked:
/// where they are needed, `to_thread` can call getaddrinfo(3). Names in other scripts must come in
/// their ASCII form (`xn--…`). Nothing is cached.
///
/// **Returns** one endpoint or more, the best first, as RFC 6724 sorts them. The port is what was
/// given: a number, or a service's name of /etc/services.
/// **Suspends** unless the host is numeric.
/// **Fails** with `errc::host_not_found` if the name does not exist or has no such address,
/// `std::errc::timed_out` if no server answered in time, `errc::name_server_failed` if they answer
/// with an error or with garbage or cannot be reached, `errc::malformed` for text that is no name,
/// no port and no known service, limit_exceeded for too many addresses (`answers_max`). Each says
/// which name was to be resolved.
/// **Cancel** the question is forgotten and its sockets are closed, at once.
/// **Cost** the system's files are read for each name, as getaddrinfo(3) does, which takes some
/// 100 µs of the loop's time; a question to the servers opens two or three descriptors.
[[nodiscard]] PATIO_EXPORT async<std::vector<endpoint>> resolve(std::string host,
                                                                std::uint16_t port,
                                                                resolve_options options = {});
[[nodiscard]] PATIO_EXPORT async<std::vector<endpoint>> resolve(std::string host,
                                                                std::string service,
                                                                resolve_options options = {});

}  // namespace patio
