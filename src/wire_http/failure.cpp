// SPDX-License-Identifier: MIT

#include "failure.hpp"

#include <array>
#include <cstddef>

namespace patio::wire::http {

namespace {

struct entry {
    problem what;
    int status;
    std::string_view limit;
    std::string_view text;
};

using enum problem;

constexpr std::array entries{
    entry{none, 0, "", "nothing is wrong"},
    entry{bare_cr, 400, "", "a CR without LF"},
    entry{bare_lf, 400, "", "an LF without CR"},
    entry{control_character, 400, "", "a control character"},
    entry{start_line_malformed, 400, "", "the first line is none of HTTP"},
    entry{start_line_too_long, 400, "start_line_bytes_max", "the first line is too long"},
    entry{method_unknown, 501, "", "the method is not known"},
    entry{target_malformed, 400, "", "the target is malformed"},
    entry{target_too_long, 414, "start_line_bytes_max", "the target is too long"},
    entry{target_form_wrong, 400, "", "the method does not go with this form of target"},
    entry{version_unsupported, 505, "", "neither HTTP/1.1 nor HTTP/1.0"},
    entry{status_malformed, 400, "", "the status is not three digits"},
    entry{field_malformed, 400, "", "a field line without a name and a colon behind it"},
    entry{field_folded, 400, "", "a field line that begins with a blank"},
    entry{header_too_long, 431, "header_bytes_max", "the header is too long"},
    entry{header_too_many, 431, "header_count_max", "too many field lines"},
    entry{host_missing, 400, "", "no Host"},
    entry{host_repeated, 400, "", "more than one Host"},
    entry{host_malformed, 400, "", "Host is malformed"},
    entry{length_malformed, 400, "", "Content-Length is malformed"},
    entry{length_repeated, 400, "", "more than one Content-Length"},
    entry{length_too_large, 413, "", "Content-Length is larger than 2^64 - 1"},
    entry{length_and_encoding, 400, "", "both Content-Length and Transfer-Encoding"},
    entry{length_not_allowed, 400, "", "a body where there can be none"},
    entry{encoding_malformed, 400, "", "Transfer-Encoding does not end with exactly chunked"},
    entry{encoding_unknown, 501, "", "Transfer-Encoding names a coding besides chunked"},
    entry{encoding_in_http_1_0, 400, "", "Transfer-Encoding in HTTP/1.0"},
    entry{expectation_unknown, 417, "", "Expect asks for more than 100-continue"},
    entry{chunk_size_malformed, 400, "", "a chunk's size is malformed"},
    entry{chunk_size_too_large, 413, "", "a chunk's size has more than 16 digits"},
    entry{chunk_extension_malformed, 400, "", "a chunk extension is malformed"},
    entry{chunk_extension_too_long, 413, "chunk_extension_bytes_max", "long chunk extensions"},
    entry{chunk_end_missing, 400, "", "a chunk is longer than its size"},
    entry{trailer_forbidden, 400, "", "a field that may not be a trailer"},
    entry{trailer_too_long, 431, "trailer_bytes_max", "the trailers are too long"},
    entry{trailer_too_many, 431, "header_count_max", "too many trailers"},
    entry{cut_short, 400, "", "the input ended in the middle of a message"},
    entry{answer_unasked, 400, "", "an answer that nobody asked for"},
    entry{interim_too_many, 400, "interim_count_max", "too many interim answers"},
};

constexpr bool is_in_order() noexcept {
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (static_cast<std::size_t>(entries[i].what) != i) return false;
    return entries.back().what == interim_too_many;
}
static_assert(is_in_order(), "the table is indexed by the enumeration");

constexpr const entry& entry_of(problem what) noexcept {
    return entries[static_cast<std::size_t>(what)];
}

}  // namespace

int status_of(problem what) noexcept { return entry_of(what).status; }
std::string_view limit_of(problem what) noexcept { return entry_of(what).limit; }
std::string_view text_of(problem what) noexcept { return entry_of(what).text; }

}  // namespace patio::wire::http
