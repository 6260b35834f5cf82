// SPDX-License-Identifier: MIT

#include "mime_types.hpp"

#include "text_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace patio::http::detail {

namespace {

struct known_type {
    std::string_view extension;
    std::string_view type;
};

// The registry of IANA, and RFC 9239 for scripts.
constexpr std::array known_types = {
    known_type{"7z", "application/x-7z-compressed"},
    known_type{"aac", "audio/aac"},
    known_type{"apng", "image/apng"},
    known_type{"avif", "image/avif"},
    known_type{"bmp", "image/bmp"},
    known_type{"bz2", "application/x-bzip2"},
    known_type{"css", "text/css; charset=utf-8"},
    known_type{"csv", "text/csv; charset=utf-8"},
    known_type{"eot", "application/vnd.ms-fontobject"},
    known_type{"epub", "application/epub+zip"},
    known_type{"flac", "audio/flac"},
    known_type{"gif", "image/gif"},
    known_type{"gz", "application/gzip"},
    known_type{"htm", "text/html; charset=utf-8"},
    known_type{"html", "text/html; charset=utf-8"},
    known_type{"ico", "image/x-icon"},
    known_type{"ics", "text/calendar; charset=utf-8"},
    known_type{"jpeg", "image/jpeg"},
    known_type{"jpg", "image/jpeg"},
    known_type{"js", "text/javascript; charset=utf-8"},
    known_type{"json", "application/json"},
    known_type{"jsonld", "application/ld+json"},
    known_type{"jxl", "image/jxl"},
    known_type{"m4a", "audio/mp4"},
    known_type{"map", "application/json"},
    known_type{"md", "text/markdown; charset=utf-8"},
    known_type{"mjs", "text/javascript; charset=utf-8"},
    known_type{"mp3", "audio/mpeg"},
    known_type{"mp4", "video/mp4"},
    known_type{"mpeg", "video/mpeg"},
    known_type{"oga", "audio/ogg"},
    known_type{"ogg", "audio/ogg"},
    known_type{"ogv", "video/ogg"},
    known_type{"opus", "audio/ogg"},
    known_type{"otf", "font/otf"},
    known_type{"pdf", "application/pdf"},
    known_type{"png", "image/png"},
    known_type{"rtf", "application/rtf"},
    known_type{"svg", "image/svg+xml"},
    known_type{"tar", "application/x-tar"},
    known_type{"tif", "image/tiff"},
    known_type{"tiff", "image/tiff"},
    known_type{"ttf", "font/ttf"},
    known_type{"txt", "text/plain; charset=utf-8"},
    known_type{"vtt", "text/vtt; charset=utf-8"},
    known_type{"wasm", "application/wasm"},
    known_type{"wav", "audio/wav"},
    known_type{"weba", "audio/webm"},
    known_type{"webm", "video/webm"},
    known_type{"webmanifest", "application/manifest+json"},
    known_type{"webp", "image/webp"},
    known_type{"woff", "font/woff"},
    known_type{"woff2", "font/woff2"},
    known_type{"xhtml", "application/xhtml+xml"},
    known_type{"xml", "application/xml"},
    known_type{"xz", "application/x-xz"},
    known_type{"zip", "application/zip"},
    known_type{"zst", "application/zstd"},
};
constexpr bool is_less(const known_type& a, std::string_view b) noexcept { return a.extension < b; }
static_assert(std::is_sorted(known_types.begin(), known_types.end(),
                             [](const known_type& a, const known_type& b) {
                                 return a.extension < b.extension;
                             }));

}  // namespace

std::string_view content_type_of(std::string_view file_name) noexcept {
    constexpr std::string_view unknown = "application/octet-stream";
    constexpr std::size_t bytes_max = 11;
    const std::size_t dot = file_name.rfind('.');
    if (dot == std::string_view::npos) return unknown;
    const std::string_view given = file_name.substr(dot + 1);
    if (given.size() > bytes_max) return unknown;
    std::array<char, bytes_max> lower{};
    std::transform(given.begin(), given.end(), lower.begin(), to_lower);
    const std::string_view extension{lower.data(), given.size()};
    const auto at = std::lower_bound(known_types.begin(), known_types.end(), extension, is_less);
    return at != known_types.end() && at->extension == extension ? at->type : unknown;
}

}  // namespace patio::http::detail
