// SPDX-License-Identifier: MIT

// Any text is a hosts file and a resolv.conf. What is found stands in the lines of their own, and
// nobody becomes more patient, or less, than the bounds allow.

#include "io/resolver_files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using addresses = std::vector<patio::ip_address>;

/// The same one line after the other.
addresses find_by_lines(std::string_view text, std::string_view name) {
    addresses all;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        for (const auto& address : patio::detail::find_in_hosts(text.substr(0, end), name)) {
            if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

void check(std::string_view text) {
    for (const std::string_view name : {"host", "a.example", ""}) {
        const addresses found = patio::detail::find_in_hosts(text, name);
        if (found != find_by_lines(text, name)) std::abort();
        if (name.empty() && !found.empty()) std::abort();
    }
    const auto patience = patio::detail::read_patience(text);
    if (patience.timeout_seconds < 1 || patience.timeout_seconds > 30) std::abort();
    if (patience.attempts < 1 || patience.attempts > 5) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    return 0;
}
