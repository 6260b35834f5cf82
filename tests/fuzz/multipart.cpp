// SPDX-License-Identifier: MIT

// Whatever a form is and however it is cut: the same parts with the same bodies, or the same fault.

#include "http/multipart_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using patio::http::multipart_event;
using patio::http::multipart_fault;

std::string read(std::string_view boundary, std::string_view form, std::size_t piece_bytes) {
    patio::http::multipart_reader reader{
        boundary, patio::http::multipart_limits{}.parts_max(4).part_header_bytes_max(200)};
    std::string said;
    while (!form.empty()) {
        const std::string_view piece = form.substr(0, piece_bytes);
        form.remove_prefix(piece.size());
        patio::byte_view input{piece};
        for (bool goes_on = true; goes_on;) {
            const multipart_event event = reader.next(input);
            goes_on = event != multipart_event::wants_input && event != multipart_event::end &&
                      event != multipart_event::failed;
            if (event == multipart_event::part) {
                said += "<" + reader.name() + ">" + reader.filename().value_or("-") + "=";
            } else if (event == multipart_event::body) {
                if (reader.body().empty()) std::abort();
                said.append(reinterpret_cast<const char*>(reader.body().data()),
                            reader.body().size());
            } else if (event == multipart_event::part_end) {
                said += "|";
            } else if (event != multipart_event::failed && !input.empty()) {
                std::abort();
            }
        }
    }
    return said + std::to_string(static_cast<int>(reader.finish()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text{reinterpret_cast<const char*>(data), size};
    // The first line is the Content-Type.
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto boundary = patio::http::multipart_boundary(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (boundary && (boundary->empty() || boundary->size() > 70)) std::abort();
    const std::string_view between = boundary ? std::string_view{*boundary} : "b";
    const std::string whole = read(between, text, text.size());
    for (const std::size_t piece_bytes : {1U, 2U, 3U, 7U})
        if (read(between, text, piece_bytes) != whole) std::abort();
    return 0;
}
