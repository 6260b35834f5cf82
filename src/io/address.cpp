// SPDX-License-Identifier: MIT

#include <patio/core/error.hpp>
#include <patio/io/address.hpp>

#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

namespace patio {

namespace {

/// Text that ends with a zero, for the C library; nothing if it is too long to be what is wanted.
template <std::size_t Size>
class c_text {
public:
    explicit c_text(std::string_view text) noexcept {
        if (text.size() >= Size || text.find('\0') != std::string_view::npos) return;
        std::memcpy(bytes_, text.data(), text.size());
    }
    [[nodiscard]] const char* get() const noexcept { return bytes_; }

private:
    char bytes_[Size] = {};
};

/// A scope: an interface's index, or the name of one that exists (RFC 4007, section 11).
std::optional<std::uint32_t> parse_scope(std::string_view text) noexcept {
    std::uint32_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec == std::errc{} && read.ptr == end) return number;
    number = ::if_nametoindex(c_text<IF_NAMESIZE>{text}.get());
    if (number == 0) return std::nullopt;
    return number;
}

}  // namespace

std::optional<ip_address> ip_address::try_parse(std::string_view text) noexcept {
    if (text.find(':') == std::string_view::npos) {
        in_addr v4{};
        if (::inet_pton(AF_INET, c_text<INET_ADDRSTRLEN>{text}.get(), &v4) != 1) {
            return std::nullopt;
        }
        ip_address made;
        std::memcpy(made.bytes_.data(), &v4, sizeof v4);
        return made;
    }
    std::uint32_t scope_id = 0;
    if (const auto percent = text.find('%'); percent != std::string_view::npos) {
        const auto scope = parse_scope(text.substr(percent + 1));
        if (!scope) return std::nullopt;
        scope_id = *scope;
        text = text.substr(0, percent);
    }
    v6_bytes bytes;
    if (::inet_pton(AF_INET6, c_text<INET6_ADDRSTRLEN>{text}.get(), bytes.data()) != 1) {
        return std::nullopt;
    }
    return v6(bytes, scope_id);
}

ip_address ip_address::parse(std::string_view text) {
    if (const auto address = try_parse(text)) return *address;
    throw error{errc::malformed, "IP address \"" + std::string{text} + "\""};
}

std::string ip_address::to_string() const {
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
    std::string whole = text;
    if (scope_id_ != 0) whole += '%' + std::to_string(scope_id_);
    return whole;
}

bool ip_address::is_loopback() const noexcept {
    if (is_v6() && !is_v4_mapped()) return *this == v6(loopback_v6().bytes_, scope_id_);
    return unmapped().bytes_[0] == 127;
}

bool ip_address::is_unspecified() const noexcept { return bytes_ == v6_bytes{}; }

bool ip_address::is_multicast() const noexcept {
    return is_v4() ? (bytes_[0] & 0xF0U) == 0xE0U : bytes_[0] == 0xFFU;
}

bool ip_address::is_link_local() const noexcept {
    if (is_v4()) return bytes_[0] == 169 && bytes_[1] == 254;
    return bytes_[0] == 0xFEU && (bytes_[1] & 0xC0U) == 0x80U;
}

bool ip_address::is_private() const noexcept {
    if (is_v6()) return (bytes_[0] & 0xFEU) == 0xFCU;
    return bytes_[0] == 10 || (bytes_[0] == 172 && (bytes_[1] & 0xF0U) == 16) ||
           (bytes_[0] == 192 && bytes_[1] == 168);
}

bool ip_address::is_v4_mapped() const noexcept {
    static constexpr std::uint8_t prefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return is_v6() && std::memcmp(bytes_.data(), prefix, sizeof prefix) == 0;
}

ip_address ip_address::unmapped() const noexcept {
    if (!is_v4_mapped()) return *this;
    return v4(bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
}

}  // namespace patio
