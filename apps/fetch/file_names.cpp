// SPDX-License-Identifier: MIT

#include "file_names.hpp"

#include "page_url.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fetch {

namespace {

constexpr std::size_t name_bytes_max = 120;
constexpr std::size_t extension_bytes_max = 8;

/// Each media type with its extensions; the first is the one that is added.
struct known_type {
    std::string_view type;
    std::array<std::string_view, 3> extensions;
};
constexpr std::array<known_type, 22> known_types{{
    {"text/html", {".html", ".htm", ".xhtml"}},
    {"application/xhtml+xml", {".xhtml", ".html", ".htm"}},
    {"text/plain", {".txt", ".md", ".log"}},
    {"text/css", {".css"}},
    {"text/csv", {".csv"}},
    {"text/markdown", {".md"}},
    {"text/xml", {".xml", ".rss", ".atom"}},
    {"application/xml", {".xml", ".rss", ".atom"}},
    {"application/rss+xml", {".xml", ".rss"}},
    {"application/atom+xml", {".xml", ".atom"}},
    {"text/javascript", {".js", ".mjs"}},
    {"application/javascript", {".js", ".mjs"}},
    {"application/json", {".json"}},
    {"application/pdf", {".pdf"}},
    {"application/zip", {".zip"}},
    {"application/gzip", {".gz", ".tgz"}},
    {"image/png", {".png"}},
    {"image/jpeg", {".jpg", ".jpeg"}},
    {"image/gif", {".gif"}},
    {"image/webp", {".webp"}},
    {"image/svg+xml", {".svg"}},
    {"image/x-icon", {".ico"}},
}};

bool is_harmless(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

/// Every other character becomes a `_`, several of them one; dots at the beginning are left out.
std::string harmless(std::string_view text) {
    std::string name;
    for (const char c : text) {
        if (is_harmless(c)) {
            if (c != '.' || !name.empty()) name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
    }
    while (!name.empty() && (name.back() == '_' || name.back() == '.'))
        name.pop_back();
    return name;
}

/// The dot and what is behind it; empty if that looks like no extension.
std::string_view extension_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return {};
    const std::string_view extension = name.substr(dot);
    return extension.size() <= extension_bytes_max ? extension : std::string_view{};
}

/// Splits a name into what stays and the extension that it shall have.
std::pair<std::string, std::string> stem_and_extension(std::string name, std::string_view type) {
    const std::string own{extension_of(name)};
    const auto* known = std::ranges::find(known_types, type, &known_type::type);
    if (known != known_types.end()) {
        const bool fits = !own.empty() && std::ranges::find(known->extensions, lowered(own)) !=
                                              known->extensions.end();
        if (!fits) return {std::move(name), std::string{known->extensions[0]}};
    } else if (own.empty()) {
        return {std::move(name), ".bin"};
    }
    name.resize(name.size() - own.size());
    return {std::move(name), own};
}

}  // namespace

std::string bare_media_type(std::string_view field) {
    std::string_view bare = field.substr(0, field.find(';'));
    while (!bare.empty() && bare.back() == ' ')
        bare.remove_suffix(1);
    return lowered(bare);
}

std::string file_names::give(const patio::http::url& page, std::string_view media_type) {
    const std::string host = harmless(page.host_bare());
    std::string directory = "pages/" + (host.empty() ? "host" : host);
    if (page.port()) directory += "_" + std::to_string(*page.port());

    std::string name = harmless(page.path());
    if (name.empty() || page.path().ends_with('/')) name += name.empty() ? "index" : "_index";
    auto [stem, extension] = stem_and_extension(std::move(name), bare_media_type(media_type));
    if (page.has_query()) stem += "_" + harmless(page.query());
    if (stem.size() > name_bytes_max) stem.resize(name_bytes_max);

    std::string file = directory + "/" + stem + extension;
    for (int number = 2; !taken_.insert(lowered(file)).second; ++number)
        file = directory + "/" + stem + "-" + std::to_string(number) + extension;
    return file;
}

void file_names::take(std::string_view name) { taken_.insert(lowered(name)); }

}  // namespace fetch
