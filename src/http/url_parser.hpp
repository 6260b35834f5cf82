// SPDX-License-Identifier: MIT
#pragma once

// Reads a URL, and puts one together from its parts.

#include "percent_bytes.hpp"

#include <patio/http/url.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patio::http::detail {

/// The parts of a URL, encoded as they stand in it.
struct url_pieces {
    std::string_view scheme;
    std::string_view username;
    std::string_view password;
    std::string_view host;
    url_host kind = url_host::none;
    std::optional<std::uint16_t> port;
    std::string_view path;
    bool is_opaque = false;
    std::optional<std::string_view> query;
    std::optional<std::string_view> fragment;
};

enum class scheme_kind : std::uint8_t { other, http, https, ws, wss, ftp, file };

/// Of a scheme in small letters.
[[nodiscard]] scheme_kind kind_of_scheme(std::string_view scheme) noexcept;
/// 0 if the scheme has none.
[[nodiscard]] std::uint16_t default_port_of(scheme_kind kind) noexcept;

/// Writes the segments of a path whose first slash, if it had one, is left out, behind the path
/// that begins at `path_begin` in `to`: resolves dots, encodes what may not stand there.
void append_segments(std::string& to, std::size_t path_begin, std::string_view text,
                     scheme_kind scheme);

[[nodiscard]] constexpr bool is_scheme_character(char c) noexcept {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
}

/// The basic URL parser without state overrides.
///
/// The standard's machine goes from character to character and keeps lists; this one finds where a
/// part ends, and writes it where it belongs: the path is a text whose last segment is cut off at
/// `..`. Functions are named after the states that they stand for.
///
/// **Source** WHATWG URL Standard, section 4.4.
class url_parser {
public:
    /// **Borrows** both. `base` may be null.
    url_parser(std::string_view text, const url* base) noexcept
        : given_{text}, base_{base != nullptr && !base->empty() ? base : nullptr} {}

    [[nodiscard]] url_result parse();

private:
    void clean();
    void scheme_start();
    void no_scheme();
    void scheme(std::size_t end);
    void relative(std::size_t at);
    void same_path(std::size_t at);
    void file(std::size_t at);
    void file_slash(std::size_t at);
    void file_host(std::size_t at);
    void authority(std::size_t at);
    void user(std::string_view text);
    void host_and_port(std::size_t begin, std::size_t end);
    void port(std::size_t begin, std::size_t end);
    void path_start(std::size_t at);
    void path(std::size_t at);
    void opaque_path(std::size_t at);
    void query(std::size_t at);
    void fragment(std::size_t at);

    /// Takes over the base's text up to a place in it, and the offsets with it.
    void copy_base(std::size_t end);
    void write_scheme(std::string_view scheme);
    void write_file_without_host();
    void keep_path_from_being_a_host();
    void fail(url_fault fault, std::size_t position) noexcept { problem_ = {fault, position}; }

    [[nodiscard]] bool is_special() const noexcept { return scheme_ != scheme_kind::other; }
    [[nodiscard]] bool is_slash(char c) const noexcept {
        return c == '/' || (c == '\\' && is_special());
    }
    [[nodiscard]] bool is_slash_at(std::size_t at) const noexcept {
        return at < text_.size() && is_slash(text_[at]);
    }
    /// Behind all slashes.
    [[nodiscard]] std::size_t skip_slashes(std::size_t at) const noexcept {
        while (is_slash_at(at))
            ++at;
        return at;
    }
    [[nodiscard]] bool is_at(std::size_t at, char c) const noexcept {
        return at < text_.size() && text_[at] == c;
    }
    [[nodiscard]] bool is_at_end(std::size_t at) const noexcept {
        return at == text_.size() || text_[at] == '?' || text_[at] == '#';
    }
    [[nodiscard]] std::string_view part(std::size_t begin, std::size_t end) const noexcept {
        return {text_.data() + begin, end - begin};
    }
    [[nodiscard]] std::size_t find_authority_end(std::size_t at) const noexcept;
    [[nodiscard]] std::uint32_t written() const noexcept {
        return static_cast<std::uint32_t>(url_.href_.size());
    }
    [[nodiscard]] std::size_t given_position(std::size_t at) const noexcept;

    std::string_view given_;
    const url* base_;
    std::string cleaned_;
    std::string_view text_;         // of given_, or of cleaned_
    std::size_t blanks_bytes_ = 0;  // before it in given_
    scheme_kind scheme_ = scheme_kind::other;
    url url_;
    url_problem problem_;  // its position is one in text_ until the end
};

}  // namespace patio::http::detail
