// SPDX-License-Identifier: MIT

#include "resolver_files.hpp"

#include "file_descriptor.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <strings.h>

namespace patio::detail {

namespace {

constexpr std::string_view blanks = " \t\r";

/// Takes the first word off; empty when there is none left.
std::string_view take_word(std::string_view& line) noexcept {
    const auto begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(blanks), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

/// Takes the first line off, without its comment.
std::string_view take_line(std::string_view& text, std::string_view comment_marks) noexcept {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line.substr(0, line.find_first_of(comment_marks));
}

bool is_same_name(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

void read_option(std::string_view word, std::string_view name, int max, int& into) noexcept {
    if (word.substr(0, name.size()) != name) return;
    int value = 0;
    const auto read = std::from_chars(word.data() + name.size(), word.data() + word.size(), value);
    if (read.ec == std::errc{}) into = std::clamp(value, 1, max);
}

}  // namespace

std::vector<ip_address> find_in_hosts(std::string_view text, std::string_view name) {
    std::vector<ip_address> found;
    while (!text.empty()) {
        std::string_view line = take_line(text, "#");
        const std::string_view address_text = take_word(line);
        for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
            if (!is_same_name(word, name)) continue;
            const auto address = ip_address::try_parse(address_text);
            if (address && std::find(found.begin(), found.end(), *address) == found.end()) {
                found.push_back(*address);
            }
            break;
        }
    }
    return found;
}

void read_patience_options(std::string_view options, resolver_patience& into) {
    for (auto word = take_word(options); !word.empty(); word = take_word(options)) {
        read_option(word, "timeout:", 30, into.timeout_seconds);
        read_option(word, "attempts:", 5, into.attempts);
    }
}

resolver_patience read_patience(std::string_view resolv_conf) {
    resolver_patience patience;
    while (!resolv_conf.empty()) {
        std::string_view line = take_line(resolv_conf, "#;");
        if (take_word(line) == "options") read_patience_options(line, patience);
    }
    return patience;
}

std::string read_small_file(const std::string& path) {
    const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) throw error::from_errno(errno, "reading " + path);
    std::string text;
    for (;;) {
        constexpr std::size_t piece_bytes = 4096;
        const std::size_t size = text.size();
        text.resize(size + piece_bytes);
        const auto count = ::read(file.value(), text.data() + size, piece_bytes);
        if (count < 0 && errno != EINTR) throw error::from_errno(errno, "reading " + path);
        text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count == 0) return text;
    }
}

std::optional<std::uint16_t> find_service(const std::string& text) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, port);
    if (read.ptr == end && !text.empty()) {
        if (read.ec == std::errc{}) return port;
        return std::nullopt;  // a number, but none of a port
    }
    for (const char* protocol : {"tcp", "udp"}) {
        servent entry{};
        servent* found = nullptr;
        char room[4096];
        ::getservbyname_r(text.c_str(), protocol, &entry, room, sizeof room, &found);
        if (found != nullptr) return ntohs(static_cast<std::uint16_t>(found->s_port));
    }
    return std::nullopt;
}

}  // namespace patio::detail
