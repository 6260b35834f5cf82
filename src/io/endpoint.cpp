// SPDX-License-Identifier: MIT

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/io/endpoint.hpp>

#include <algorithm>
#include <charconv>

namespace patio {

namespace {

/// Digits only: no sign, no blanks, no name.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, port);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return port;
}

bool is_possible_unix_name(std::string_view name) noexcept {
    if (name.empty()) return true;
    if (name.front() == '\0') return name.size() <= endpoint::unix_name_bytes_max + 1;
    return name.size() <= endpoint::unix_name_bytes_max &&
           name.find('\0') == std::string_view::npos;
}

}  // namespace

endpoint endpoint::unix_socket(std::string_view name) {
    endpoint made;
    made.is_unix_ = true;
    made.name_ = name;
    if (!is_possible_unix_name(name)) {
        throw error{errc::malformed, "Unix socket \"" + made.to_string() + "\""};
    }
    return made;
}

std::optional<endpoint> endpoint::try_parse(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (text.front() == '/' || text.front() == '.' || text.front() == '@') {
        if (text.find('\0') != std::string_view::npos) return std::nullopt;
        endpoint made;
        made.is_unix_ = true;
        made.name_ = text;
        if (text.front() == '@') made.name_.front() = '\0';
        if (!is_possible_unix_name(made.name_)) return std::nullopt;
        return made;
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const auto port = parse_port(text.substr(colon + 1));
    const bool is_bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    const auto address = ip_address::try_parse(host);
    // Without brackets nobody could tell an IPv6 address's last group from a port.
    if (!port || !address || address->is_v6() != is_bracketed) return std::nullopt;
    return endpoint{*address, *port};
}

endpoint endpoint::parse(std::string_view text) {
    if (auto made = try_parse(text)) return *std::move(made);
    throw error{errc::malformed, "endpoint \"" + std::string{text} + "\""};
}

std::string endpoint::to_string() const {
    if (is_ip()) {
        const std::string host = address_.to_string();
        const std::string port = ':' + std::to_string(port_);
        return address_.is_v6() ? '[' + host + ']' + port : host + port;
    }
    if (name_.empty()) return "(unnamed)";
    std::string text = name_;
    if (is_abstract()) {
        std::replace(text.begin(), text.end(), '\0', '@');
    } else if (text.front() != '/' && text.front() != '.') {
        text.insert(0, "./");
    }
    return text;
}

endpoint endpoint::with_port(std::uint16_t port) const {
    if (is_unix()) throw usage_error{"a Unix socket has no port"};
    return endpoint{address_, port};
}

}  // namespace patio
