// SPDX-License-Identifier: MIT
#pragma once

// What the floors for HTTP share: one fixed answer, and where requests end. Nothing of a request is
// looked at but its blank line.

#include "../net/floor_echo.hpp"
#include "pages.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

namespace floor_of {

/// The same head as Patio's; its date stands still.
inline std::string head_for(std::string_view type, std::size_t body_bytes) {
    std::string head =
        "HTTP/1.1 200 OK\r\n"
        "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        "Content-Type: ";
    head.append(type).append("\r\nContent-Length: ").append(std::to_string(body_bytes));
    return head + "\r\n\r\n";
}

/// Head and body, of which a file is a part that is not in memory.
struct fixed_answer {
    std::string text;
    int file = -1;
    std::size_t bytes = 0;  // of all
};

inline fixed_answer answer_of(std::string_view type, std::string_view body) {
    std::string text = head_for(type, body.size()).append(body);
    const std::size_t bytes = text.size();
    return {std::move(text), -1, bytes};
}

inline fixed_answer answer_with_file(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about{};
    expect(file >= 0 && fstat(file, &about) == 0, "the file is there");
    const auto bytes = static_cast<std::size_t>(about.st_size);
    std::string head = head_for("application/octet-stream", bytes);
    const std::size_t all = head.size() + bytes;
    return {std::move(head), file, all};
}

/// Counts the requests that end in what came.
class request_counter {
public:
    std::size_t take(std::string_view came) {
        if (!begun_.empty()) came = begun_.append(came);
        std::size_t count = 0;
        std::size_t begin = 0;
        for (;;) {
            const std::size_t end = came.find("\r\n\r\n", begin);
            if (end == std::string_view::npos) break;
            ++count;
            begin = end + 4;
        }
        if (begin < came.size() || !begun_.empty()) begun_ = std::string{came.substr(begin)};
        return count;
    }

private:
    std::string begun_;  // a request that has not come whole
};

}  // namespace floor_of
