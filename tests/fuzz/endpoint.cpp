// SPDX-License-Identifier: MIT

// Any text is an endpoint or is refused; what is one is written as a text that means the same.

#include <patio/io/address.hpp>
#include <patio/io/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void check(std::string_view text) {
    if (const auto address = patio::ip_address::try_parse(text)) {
        if (patio::ip_address::parse(address->to_string()) != *address) std::abort();
    }
    if (const auto endpoint = patio::endpoint::try_parse(text)) {
        if (patio::endpoint::parse(endpoint->to_string()) != *endpoint) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    return 0;
}
