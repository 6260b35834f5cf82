// SPDX-License-Identifier: MIT

#include <patio/http/middleware/basic_auth_required.hpp>

#include "http/plain_response.hpp"
#include "http/text_rules.hpp"

#include <patio/core/error.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace patio::http {

namespace {

/// Empty if it is none. **Source** RFC 4648 section 4.
std::optional<std::string> from_base64(std::string_view text) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i)
        text.remove_suffix(1);
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (const char c : text) {
        const std::size_t value = letters.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        bytes.push_back(static_cast<char>((bits >> bit_count) & 0xFFU));
    }
    return bytes;
}

struct credentials {
    std::string user;
    std::string password;
};

std::optional<credentials> credentials_in(const request& asked) {
    std::string_view rest = asked.header("Authorization").value_or("");
    const std::string_view scheme = take_until(rest, ' ');
    if (!is_same_name(scheme, "Basic")) return std::nullopt;
    const auto pair = from_base64(trimmed(rest));
    if (!pair) return std::nullopt;
    const std::size_t colon = pair->find(':');
    if (colon == std::string::npos || !has_no_controls(*pair)) return std::nullopt;
    return credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

class basic_auth {
public:
    basic_auth(credential_check check, std::string challenge) noexcept
        : check_{std::move(check)}, challenge_{std::move(challenge)} {}

    async<response> operator()(request& asked, handler& next) {
        std::optional<credentials> given = credentials_in(asked);
        bool is_right = false;
        if (given) {
            auto checking = check_(std::move(given->user), std::move(given->password));
            is_right = co_await std::move(checking);
        }
        if (!is_right) {
            co_return detail::plain_response(401).with("WWW-Authenticate", challenge_);
        }
        auto answering = next.answer(asked);
        response made = co_await std::move(answering);
        co_return made;
    }

private:
    credential_check check_;
    std::string challenge_;
};

}  // namespace

middleware basic_auth_required(credential_check check, std::string realm) {
    if (!has_no_controls(realm) || realm.find_first_of("\"\\") != std::string::npos) {
        throw error{errc::malformed, "asking for a password: the realm has quotes or controls"};
    }
    return basic_auth{std::move(check), "Basic realm=\"" + realm + "\", charset=\"UTF-8\""};
}

}  // namespace patio::http
