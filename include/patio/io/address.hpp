// SPDX-License-Identifier: MIT
#pragma once

// IP addresses as values.

#include <patio/base/config.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace patio {

/// Which of the two kinds an IP address has.
enum class ip_family : std::uint8_t { v4 = 4, v6 = 6 };

/// An IPv4 or IPv6 address: a small value that is copied, compared, hashed and put into maps.
///
/// ```
/// const auto here = patio::ip_address::parse("127.0.0.1");
/// if (here.is_loopback()) …
/// ```
///
/// An IPv6 address has a scope where that matters: `fe80::1%2` is reached over interface 2. IPv4
/// sorts before IPv6, then the bytes decide, then the scope.
///
/// **Use** `patio::resolve` where the text may be a name; `endpoint` for an address with a port.
/// **Cost** no allocation besides the text that `to_string` returns.
class PATIO_EXPORT ip_address {
public:
    using v6_bytes = std::array<std::uint8_t, 16>;

    /// 0.0.0.0
    constexpr ip_address() noexcept = default;

    /// `ip_address::v4(127, 0, 0, 1)`
    [[nodiscard]] static constexpr ip_address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                                 std::uint8_t d) noexcept {
        ip_address made;
        made.bytes_[0] = a;
        made.bytes_[1] = b;
        made.bytes_[2] = c;
        made.bytes_[3] = d;
        return made;
    }
    /// From 16 bytes in network order. `scope_id` is an interface's index, 0 for none.
    [[nodiscard]] static constexpr ip_address v6(const v6_bytes& bytes,
                                                 std::uint32_t scope_id = 0) noexcept {
        ip_address made;
        made.family_ = ip_family::v6;
        made.bytes_ = bytes;
        made.scope_id_ = scope_id;
        return made;
    }

    /// 0.0.0.0 and `::`: every address of this host, for listeners.
    [[nodiscard]] static constexpr ip_address any_v4() noexcept { return {}; }
    [[nodiscard]] static constexpr ip_address any_v6() noexcept { return v6({}); }
    /// 127.0.0.1 and `::1`.
    [[nodiscard]] static constexpr ip_address loopback_v4() noexcept { return v4(127, 0, 0, 1); }
    [[nodiscard]] static constexpr ip_address loopback_v6() noexcept {
        v6_bytes one{};
        one[15] = 1;
        return v6(one);
    }

    /// Reads `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`; the scope is a number or the name of an
    /// interface that exists. No brackets, blanks, shortened or octal forms.
    ///
    /// **Fails** with `errc::malformed`, naming the text. `try_parse` returns nothing instead.
    [[nodiscard]] static ip_address parse(std::string_view text);
    [[nodiscard]] static std::optional<ip_address> try_parse(std::string_view text) noexcept;

    /// The canonical text (RFC 5952); a scope is written as a number.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] constexpr ip_family family() const noexcept { return family_; }
    [[nodiscard]] constexpr bool is_v4() const noexcept { return family_ == ip_family::v4; }
    [[nodiscard]] constexpr bool is_v6() const noexcept { return family_ == ip_family::v6; }
    [[nodiscard]] constexpr std::uint32_t scope_id() const noexcept { return scope_id_; }

    /// The bytes in network order: 4 or 16 of them. **Borrows** this address.
    [[nodiscard]] constexpr const std::uint8_t* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return is_v4() ? 4 : 16; }

    /// 127.0.0.0/8 or `::1`, also when mapped into IPv6.
    [[nodiscard]] bool is_loopback() const noexcept;
    /// 0.0.0.0 or `::`.
    [[nodiscard]] bool is_unspecified() const noexcept;
    /// 224.0.0.0/4 or ff00::/8.
    [[nodiscard]] bool is_multicast() const noexcept;
    /// 169.254.0.0/16 or fe80::/10: means nothing beyond one link.
    [[nodiscard]] bool is_link_local() const noexcept;
    /// 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918) or fc00::/7 (RFC 4193).
    [[nodiscard]] bool is_private() const noexcept;
    /// `0:0:0:0:0:ffff:a.b.c.d`: how IPv4 peers look to a listener that takes both kinds.
    [[nodiscard]] bool is_v4_mapped() const noexcept;
    /// The IPv4 address inside a mapped one; every other address as it is.
    [[nodiscard]] ip_address unmapped() const noexcept;

    friend constexpr bool operator==(const ip_address&, const ip_address&) noexcept = default;
    friend constexpr auto operator<=>(const ip_address&, const ip_address&) noexcept = default;

private:
    // IPv4 uses the first four bytes and leaves the others and the scope at zero, so that the
    // memberwise comparison is the right one.
    ip_family family_ = ip_family::v4;
    v6_bytes bytes_{};
    std::uint32_t scope_id_ = 0;
};

}  // namespace patio

// Doxygen 1.9 finds no scope for specialisations of the standard library.
/// @cond
template <>
struct std::hash<patio::ip_address> {
    [[nodiscard]] std::size_t operator()(const patio::ip_address& address) const noexcept {
        const std::string_view bytes{reinterpret_cast<const char*>(address.data()), address.size()};
        return std::hash<std::string_view>{}(bytes) ^ address.scope_id();
    }
};
/// @endcond
