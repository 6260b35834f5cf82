// SPDX-License-Identifier: MIT
#pragma once

// What a site asks of programs that visit it: robots.txt.

#include <patio/base/duration.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fetch {

/// How much of a robots.txt is read (RFC 9309 section 2.5).
inline constexpr std::size_t robots_bytes_max = std::size_t{500} << 10;
/// A site that asks for longer pauses than this gets these.
inline constexpr patio::duration crawl_delay_max = patio::duration::seconds(60);

/// The rules of one site for one program.
///
/// The groups that name the program count, or else those for everyone (`*`). Among the rules that
/// match a path the longest one decides, and the kinder of two equally long ones. `*` stands for
/// any characters, a `$` at the end for the end of the path. Crawl-delay is not in the RFC, but
/// what people write when they mean it.
///
/// **Source** RFC 9309.
class robots {
public:
    /// Everything is allowed.
    robots() = default;
    /// What a robots.txt says to the program whose name is `product`: letters, `-` and `_`.
    [[nodiscard]] static robots parse(std::string_view text, std::string_view product);
    /// Nothing is allowed.
    [[nodiscard]] static robots none();
    /// What it means if asking for robots.txt gave this status (section 2.3.1): 400 to 499 allow
    /// everything, 500 and above nothing, all others what `text` says.
    [[nodiscard]] static robots of_answer(int status, std::string_view text,
                                          std::string_view product);

    /// Whether a page may be visited: path and query, as they are sent.
    [[nodiscard]] bool allows(std::string_view target) const;
    /// How long to wait between two requests, if it says so; at most `crawl_delay_max`.
    [[nodiscard]] std::optional<patio::duration> crawl_delay() const noexcept { return delay_; }

private:
    friend class robots_reader;
    struct rule {
        std::string pattern;
        bool allows;
    };

    std::vector<rule> rules_;
    std::optional<patio::duration> delay_;
};

/// What robots.txt calls a program whose User-Agent field begins with this: "patio-fetch" for
/// "patio-fetch/1.0 (+https://example.org)".
[[nodiscard]] std::string_view product_of(std::string_view user_agent);

}  // namespace fetch
