// SPDX-License-Identifier: MIT
#pragma once

// The system's files about names, as far as c-ares does not read them as we want it.

#include <patio/base/config.hpp>
#include <patio/io/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patio::detail {

/// The addresses that a hosts file has for a name, in its order. **Source** hosts(5).
[[nodiscard]] PATIO_EXPORT std::vector<ip_address> find_in_hosts(std::string_view text,
                                                                 std::string_view name);

/// How patient a resolver is. **Source** resolv.conf(5): its defaults and its bounds.
struct resolver_patience {
    int timeout_seconds = 5;
    int attempts = 2;
};

/// Reads the `options` lines of a resolv.conf. c-ares 1.18 only knows its own words for these two,
/// and waits for 75 s where the C library waits for 10.
[[nodiscard]] PATIO_EXPORT resolver_patience read_patience(std::string_view resolv_conf);
/// Reads options that are separated by blanks, as they stand in RES_OPTIONS.
PATIO_EXPORT void read_patience_options(std::string_view options, resolver_patience& into);

/// A whole file. **Fails** with what open(2) or read(2) say.
[[nodiscard]] PATIO_EXPORT std::string read_small_file(const std::string& path);

/// The port of a service, by its number or its name in /etc/services, for TCP before UDP.
[[nodiscard]] PATIO_EXPORT std::optional<std::uint16_t> find_service(const std::string& text);

}  // namespace patio::detail
