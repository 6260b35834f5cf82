// SPDX-License-Identifier: MIT

#include "url_parser.hpp"

#include "url_host.hpp"

#include <algorithm>
#include <utility>

namespace patio::http::detail {

namespace {

constexpr bool is_tab_or_line_end(char c) noexcept { return c == '\t' || c == '\n' || c == '\r'; }

constexpr bool is_blank(char c) noexcept { return static_cast<unsigned char>(c) <= 0x20; }

constexpr bool is_same_letters(std::string_view text, std::string_view lower) noexcept {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (to_lower(text[i]) != lower[i]) return false;
    }
    return true;
}

/// `.` or `%2e`.
bool is_dot(std::string_view segment) noexcept {
    return segment == "." || is_same_letters(segment, "%2e");
}

bool is_two_dots(std::string_view segment) noexcept {
    return segment == ".." || is_same_letters(segment, ".%2e") ||
           is_same_letters(segment, "%2e.") || is_same_letters(segment, "%2e%2e");
}

/// `C:` or `C|`: a Windows drive letter, which `..` does not leave.
bool is_drive(std::string_view segment) noexcept {
    return segment.size() == 2 && is_alpha(segment[0]) && (segment[1] == ':' || segment[1] == '|');
}

bool starts_with_drive(std::string_view text) noexcept {
    if (!is_drive(text.substr(0, 2))) return false;
    return text.size() == 2 || std::string_view{"/\\?#"}.find(text[2]) != std::string_view::npos;
}

/// Takes the last segment away, unless it is the drive of a file.
void shorten_path(std::string& of, std::size_t path_begin, scheme_kind scheme) {
    const auto path = std::string_view{of}.substr(path_begin);
    if (path.empty()) return;
    const bool is_one_drive = path.size() == 3 && is_drive(path.substr(1)) && path[2] == ':';
    if (scheme == scheme_kind::file && is_one_drive) return;
    of.resize(path_begin + path.rfind('/'));
}

/// How many bytes of a path can be taken as they are: up to its end, or to the first byte to
/// encode, backslash, or segment that may be one of dots. Most paths are taken whole.
std::size_t plain_path_bytes(std::string_view text) noexcept {
    char before = '/';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_in(percent_set::path, c) || c == '\\') return i;
        if (before == '/' && (c == '.' || c == '%')) return i;
        before = c;
    }
    return text.size();
}

}  // namespace

scheme_kind kind_of_scheme(std::string_view scheme) noexcept {
    switch (scheme.size()) {
        case 2:
            return scheme == "ws" ? scheme_kind::ws : scheme_kind::other;
        case 3:
            if (scheme == "wss") return scheme_kind::wss;
            return scheme == "ftp" ? scheme_kind::ftp : scheme_kind::other;
        case 4:
            if (scheme == "http") return scheme_kind::http;
            return scheme == "file" ? scheme_kind::file : scheme_kind::other;
        case 5:
            return scheme == "https" ? scheme_kind::https : scheme_kind::other;
        default:
            return scheme_kind::other;
    }
}

std::uint16_t default_port_of(scheme_kind kind) noexcept {
    switch (kind) {
        case scheme_kind::http:
        case scheme_kind::ws:
            return 80;
        case scheme_kind::https:
        case scheme_kind::wss:
            return 443;
        case scheme_kind::ftp:
            return 21;
        case scheme_kind::file:
        case scheme_kind::other:
            break;
    }
    return 0;
}

void append_segments(std::string& to, std::size_t path_begin, std::string_view text,
                     scheme_kind scheme) {
    const std::string_view slashes = scheme == scheme_kind::other ? "/" : "/\\";
    for (bool is_last = false; !is_last;) {
        const auto segment = text.substr(0, text.find_first_of(slashes));
        is_last = segment.size() == text.size();
        text.remove_prefix(is_last ? segment.size() : segment.size() + 1);
        const bool is_up = is_two_dots(segment);
        if (is_up) shorten_path(to, path_begin, scheme);
        if (is_up || is_dot(segment)) {
            if (is_last) to += '/';
            continue;
        }
        const bool is_first = to.size() == path_begin;
        to += '/';
        if (scheme == scheme_kind::file && is_first && is_drive(segment)) {
            to += segment[0];
            to += ':';
        } else {
            append_percent_encoded(to, segment, percent_set::path);
        }
    }
}

url_result url_parser::parse() {
    if (given_.size() > url_bytes_max) return url_problem{url_fault::too_long, url_bytes_max};
    clean();
    url_.href_.reserve(text_.size() + 8);  // a slash or two may be missing
    scheme_start();
    if (problem_.fault != url_fault::none) {
        return url_problem{problem_.fault, given_position(problem_.position)};
    }
    keep_path_from_being_a_host();
    if (url_.href_.size() > url_bytes_max) return url_problem{url_fault::too_long, given_.size()};
    return std::move(url_);
}

/// Leaves out blanks around the URL, and tabs and line ends in it.
void url_parser::clean() {
    text_ = given_;
    while (!text_.empty() && is_blank(text_.back()))
        text_.remove_suffix(1);
    while (!text_.empty() && is_blank(text_.front()))
        text_.remove_prefix(1);
    blanks_bytes_ = static_cast<std::size_t>(text_.data() - given_.data());
    bool has_any = false;  // a loop without an exit, for the compiler to take many bytes at once
    for (const char c : text_)
        has_any |= is_tab_or_line_end(c);
    if (!has_any) return;
    cleaned_.reserve(text_.size());
    for (const char c : text_) {
        if (!is_tab_or_line_end(c)) cleaned_ += c;
    }
    text_ = cleaned_;
}

/// Where a character of the cleaned text stands in the one that was given.
std::size_t url_parser::given_position(std::size_t at) const noexcept {
    std::size_t position = blanks_bytes_;
    if (cleaned_.empty()) return position + at;
    for (;; ++position) {
        if (position == given_.size()) return position;
        if (is_tab_or_line_end(given_[position])) continue;
        if (at-- == 0) return position;
    }
}

void url_parser::scheme_start() {
    std::size_t end = 0;
    if (!text_.empty() && is_alpha(text_.front())) {
        while (end < text_.size() && is_scheme_character(text_[end]))
            ++end;
    }
    if (end != 0 && is_at(end, ':')) return scheme(end);
    no_scheme();
}

void url_parser::scheme(std::size_t end) {
    write_scheme(part(0, end));
    const std::size_t at = end + 1;
    if (scheme_ == scheme_kind::file) return file(at);
    if (is_special()) {
        const bool has_slashes = is_at(at, '/') && is_at(at + 1, '/');
        if (base_ != nullptr && base_->scheme() == url_.scheme() && !has_slashes) {
            return relative(at);
        }
        return authority(skip_slashes(at));
    }
    if (!is_at(at, '/')) return opaque_path(at);
    if (is_at(at + 1, '/')) return authority(at + 2);
    url_.at_.path = written();
    path(at + 1);
}

void url_parser::no_scheme() {
    if (base_ == nullptr) return fail(url_fault::no_scheme, 0);
    scheme_ = kind_of_scheme(base_->scheme());
    if (base_->has_opaque_path()) {
        if (!is_at(0, '#')) return fail(url_fault::opaque_base, 0);
        copy_base(base_->at_.query_end);
        return fragment(0);
    }
    if (scheme_ == scheme_kind::file) return file(0);
    relative(0);
}

void url_parser::relative(std::size_t at) {
    if (is_slash_at(at)) {
        if (is_slash_at(at + 1)) {
            write_scheme(base_->scheme());
            return authority(is_special() ? skip_slashes(at) : at + 2);
        }
        copy_base(base_->authority_end());
        return path(at + 1);
    }
    if (is_at_end(at)) return same_path(at);
    copy_base(base_->at_.path_end);
    shorten_path(url_.href_, url_.at_.path, scheme_);
    path(at);
}

/// The base with another query or fragment.
void url_parser::same_path(std::size_t at) {
    if (is_at(at, '?')) {
        copy_base(base_->at_.path_end);
        return query(at);
    }
    copy_base(base_->at_.query_end);
    fragment(at);
}

void url_parser::file(std::size_t at) {
    if (is_slash_at(at)) return file_slash(at + 1);
    if (base_ == nullptr || base_->scheme() != "file") {
        write_file_without_host();
        return path(at);
    }
    if (is_at_end(at)) return same_path(at);
    copy_base(base_->at_.path_end);
    if (starts_with_drive(text_.substr(at))) {
        url_.href_.resize(url_.at_.path);
    } else {
        shorten_path(url_.href_, url_.at_.path, scheme_);
    }
    path(at);
}

void url_parser::file_slash(std::size_t at) {
    if (is_slash_at(at)) return file_host(at + 1);
    if (base_ == nullptr || base_->scheme() != "file") {
        write_file_without_host();
        return path(at);
    }
    copy_base(base_->authority_end());
    const auto base_path = base_->path();
    const bool base_has_drive = base_path.size() > 2 && base_path[2] == ':' &&
                                is_drive(base_path.substr(1, 2)) &&
                                (base_path.size() == 3 || base_path[3] == '/');
    if (base_has_drive && !starts_with_drive(text_.substr(at))) {
        url_.href_ += base_path.substr(0, 3);
    }
    path(at);
}

void url_parser::file_host(std::size_t at) {
    write_file_without_host();
    const std::size_t end = find_authority_end(at);
    const auto host = part(at, end);
    if (is_drive(host)) return path(at);
    const auto outcome = append_host(url_.href_, host, true);
    if (outcome.fault != url_fault::none) return fail(outcome.fault, at + outcome.position);
    auto& places = url_.at_;
    places.kind = outcome.kind;
    if (std::string_view{url_.href_}.substr(places.host_begin) == "localhost") {
        url_.href_.resize(places.host_begin);
        places.kind = url_host::empty;
    }
    places.host_end = places.path = written();
    path_start(end);
}

std::size_t url_parser::find_authority_end(std::size_t at) const noexcept {
    while (!is_at_end(at) && !is_slash(text_[at]))
        ++at;
    return at;
}

void url_parser::authority(std::size_t at) {
    const std::size_t end = find_authority_end(at);
    url_.href_ += "//";
    url_.at_.user = url_.at_.user_end = written();
    const auto at_sign = part(at, end).rfind('@');
    if (at_sign != std::string_view::npos) {
        user(part(at, at + at_sign));
        at += at_sign + 1;
        if (at == end) return fail(url_fault::no_host, at);
    }
    url_.at_.host_begin = written();
    host_and_port(at, end);
}

void url_parser::user(std::string_view text) {
    const auto name = text.substr(0, text.find(':'));
    const auto password = text.substr(std::min(name.size() + 1, text.size()));
    if (name.empty() && password.empty()) return;
    append_percent_encoded(url_.href_, name, percent_set::userinfo);
    url_.at_.user_end = written();
    if (!password.empty()) {
        url_.href_ += ':';
        append_percent_encoded(url_.href_, password, percent_set::userinfo);
    }
    url_.href_ += '@';
}

void url_parser::host_and_port(std::size_t begin, std::size_t end) {
    std::size_t host_end = begin;
    for (bool is_bracketed = false; host_end < end; ++host_end) {
        const char c = text_[host_end];
        if (c == ':' && !is_bracketed) break;
        if (c == '[') is_bracketed = true;
        if (c == ']') is_bracketed = false;
    }
    const bool has_colon = host_end != end;
    if (host_end == begin && (has_colon || is_special())) return fail(url_fault::no_host, begin);
    const auto outcome = append_host(url_.href_, part(begin, host_end), is_special());
    if (outcome.fault != url_fault::none) return fail(outcome.fault, begin + outcome.position);
    url_.at_.kind = outcome.kind;
    url_.at_.host_end = written();
    if (has_colon) port(host_end + 1, end);
    url_.at_.path = written();
    if (problem_.fault == url_fault::none) path_start(end);
}

void url_parser::port(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    unsigned number = 0;
    for (std::size_t i = begin; i < end; ++i) {
        if (!is_digit(text_[i])) return fail(url_fault::bad_port, i);
        number = number * 10 + static_cast<unsigned>(text_[i] - '0');
        if (number > 65535) return fail(url_fault::bad_port, begin);
    }
    const auto port = static_cast<std::uint16_t>(number);
    if (is_special() && port == default_port_of(scheme_)) return;
    url_.at_.has_port = true;
    url_.at_.port = port;
    url_.href_ += ':';
    url_.href_ += std::to_string(number);
}

void url_parser::path_start(std::size_t at) {
    if (!is_special() && is_at_end(at)) return query(at);
    path(is_slash_at(at) ? at + 1 : at);
}

void url_parser::path(std::size_t at) {
    std::size_t end = at + plain_path_bytes(text_.substr(at));
    if (is_at_end(end) && scheme_ != scheme_kind::file) {
        url_.href_ += '/';
        url_.href_ += part(at, end);
        return query(end);
    }
    while (!is_at_end(end))
        ++end;
    append_segments(url_.href_, url_.at_.path, part(at, end), scheme_);
    query(end);
}

void url_parser::opaque_path(std::size_t at) {
    std::size_t end = at;
    while (!is_at_end(end))
        ++end;
    url_.at_.is_opaque = true;
    append_percent_encoded(url_.href_, part(at, end), percent_set::c0_control);
    // The last of blanks before a query or fragment is encoded: without these it would be lost.
    if (end != at && end != text_.size() && text_[end - 1] == ' ') {
        url_.href_.pop_back();
        url_.href_ += "%20";
    }
    query(end);
}

void url_parser::query(std::size_t at) {
    url_.at_.path_end = written();
    if (!is_at(at, '?')) return fragment(at);
    const std::size_t end = std::min(text_.find('#', at), text_.size());
    const auto set = is_special() ? percent_set::special_query : percent_set::query;
    url_.href_ += '?';
    append_percent_encoded(url_.href_, part(at + 1, end), set);
    fragment(end);
}

void url_parser::fragment(std::size_t at) {
    url_.at_.query_end = written();
    if (!is_at(at, '#')) return;
    url_.href_ += '#';
    append_percent_encoded(url_.href_, text_.substr(at + 1), percent_set::fragment);
}

void url_parser::copy_base(std::size_t end) {
    auto& places = url_.at_;
    places = base_->at_;
    url_.href_.assign(base_->href_, 0, end);
    if (places.kind != url_host::none || places.path == places.host_end) return;
    // The base's `/.` goes; the path that comes may need none.
    url_.href_.erase(places.host_end, std::min<std::size_t>(2, end - places.host_end));
    places.path -= 2;
    places.path_end -= 2;
    places.query_end -= 2;
}

void url_parser::write_scheme(std::string_view scheme) {
    url_.href_.assign(scheme);
    for (char& c : url_.href_)
        c = to_lower(c);
    scheme_ = kind_of_scheme(url_.href_);
    auto& places = url_.at_;
    places.scheme_end = written();
    places.is_special = is_special();
    url_.href_ += ':';
    places.user = places.user_end = places.host_begin = places.host_end = places.path = written();
}

void url_parser::write_file_without_host() {
    write_scheme("file");
    url_.href_ += "//";
    auto& places = url_.at_;
    places.user = places.user_end = places.host_begin = places.host_end = places.path = written();
    places.kind = url_host::empty;
}

/// Without a host a path must not begin with two slashes, where a host would stand.
void url_parser::keep_path_from_being_a_host() {
    auto& places = url_.at_;
    if (places.kind != url_host::none || !url_.path().starts_with("//")) return;
    url_.href_.insert(places.path, "/.");
    places.path += 2;
    places.path_end += 2;
    places.query_end += 2;
}

}  // namespace patio::http::detail
