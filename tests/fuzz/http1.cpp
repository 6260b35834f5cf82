// SPDX-License-Identifier: MIT

// Whatever comes, and however it is cut, a parser tells the same. What it takes for a head it would
// write itself, and reads again as the same head; llhttp reads the same.

#include "support/http_reading.hpp"
#include "wire_http/dates.hpp"
#include "wire_http/entity_tag.hpp"
#include "wire_http/lists.hpp"
#include "wire_http/media_type.hpp"
#include "wire_http/ranges.hpp"
#include "wire_http/write_head.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace patio::testing;

void demand(bool condition, std::string_view first, std::string_view second = {}) {
    if (condition) return;
    std::fprintf(stderr, "%.*s\n---\n%.*s\n", static_cast<int>(first.size()), first.data(),
                 static_cast<int>(second.size()), second.data());
    std::abort();
}

/// Small ones, so that the fuzzer meets them.
http::limits make_bounds() {
    http::limits bounds;
    bounds.start_line_bytes_max = 60;
    bounds.header_bytes_max = 200;
    bounds.header_count_max = 6;
    bounds.chunk_extension_bytes_max = 8;
    bounds.trailer_bytes_max = 30;
    bounds.interim_count_max = 2;
    return bounds;
}

/// The heads that are told are written and read again.
void write_again(http::request_parser& parser) {
    http::request_head head = parser.head();
    const std::string told = describe(head);
    std::string text;
    demand(http::write_request_head(text, head) == http::problem::none, told);
    http::request_parser second;
    patio::byte_view input{text};
    demand(second.next(input) == http::event::head && input.empty(), told, text);
    demand(describe(second.head()) == told, told, describe(second.head()));
}

void write_again(http::response_parser& parser, const http::asked& request) {
    http::response_head head = parser.head();
    const std::string told = describe(head);
    std::string text;
    const auto what = http::write_response_head(text, head, request);
    if (what == http::problem::length_not_allowed) return;  // may be read but not sent
    demand(what == http::problem::none, told);
    http::response_parser second;
    second.begin(request);
    patio::byte_view input{text};
    const http::event event = second.next(input);
    demand((event == http::event::head || event == http::event::interim) && input.empty(), told);
    demand(describe(second.head()) == told, told, describe(second.head()));
}

void read_heads(std::string_view text) {
    http::request_parser parser;
    patio::byte_view input{text};
    for (;;) {
        const http::event event = parser.next(input);
        if (event == http::event::head) write_again(parser);
        if (event == http::event::failed || event == http::event::closed ||
            event == http::event::need_more)
            return;
    }
}

void read_heads(std::string_view text, const http::asked& request) {
    http::response_parser parser;
    patio::byte_view input{text};
    parser.begin(request);
    for (;;) {
        const http::event event = parser.next(input);
        if (event == http::event::head || event == http::event::interim)
            write_again(parser, request);
        if (event == http::event::end) parser.begin(request);
        if (event == http::event::failed || event == http::event::closed ||
            event == http::event::upgraded || event == http::event::need_more)
            return;
    }
}

/// Cuts after as many bytes as each byte of the script says.
std::vector<std::size_t> cuts_of(std::string_view script, std::size_t size) {
    std::vector<std::size_t> cuts;
    std::size_t at = 0;
    for (const char c : script) {
        at += static_cast<unsigned char>(c) % 32u + 1;
        if (at >= size) break;
        cuts.push_back(at);
    }
    return cuts;
}

template <class Parser>
void compare_cuts(std::string_view text, std::string_view script,
                  const std::vector<http::asked>& requests) {
    const http::limits bounds = make_bounds();
    std::vector<std::size_t> all;
    for (std::size_t cut = 1; cut < text.size(); ++cut)
        all.push_back(cut);
    const auto read = [&](const std::vector<std::size_t>& cuts) {
        return read_in_pieces<Parser>(text, cuts, input_end::over, bounds, requests);
    };
    http_reading<Parser> reading{Parser{bounds}, requests};
    reading.feed(text);
    reading.finish();
    const std::string& whole = reading.log();
    demand(reading.agrees(), text, whole);
    const std::string single = read(all);
    demand(whole == single, whole, single);
    const std::string some = read(cuts_of(script, text.size()));
    demand(whole == some, whole, some);
}

void check_utilities(std::string_view text) {
    const std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'000}};
    if (const auto date = http::parse_date(text, now))
        demand(http::parse_date(http::format_date(*date).text(), now) == date, text);
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{100}, ~std::uint64_t{0}}) {
        for (const auto& part : http::parse_range(text, size).parts)
            demand(part.first <= part.last && part.last < size, text);
    }
    if (const auto tag = http::parse_entity_tag(text)) {
        demand(http::has_tag(text, *tag, http::tag_comparison::weak), text);
        demand(http::has_tag(text, *tag, http::tag_comparison::strong) != tag->is_weak, text);
    }
    if (const auto type = http::parse_media_type(text))
        demand(http::is_token(type->type) && http::is_token(type->subtype), text);
    http::list_reader elements{text};
    while (const auto element = elements.next()) {
        demand(!element->empty() && http::without_blanks(*element) == *element, text);
        const auto each = http::parse_weighted(*element);
        demand(each.weight >= 0 && each.weight <= 1000, text);
    }
    (void)http::weight_of_coding(text, "gzip");
}

void check(std::string_view input) {
    const std::size_t script_bytes = std::min<std::size_t>(input.size(), 8);
    const std::string_view script = input.substr(0, script_bytes);
    const std::string_view text = input.substr(script_bytes);
    const unsigned how = script.empty() ? 0 : static_cast<unsigned char>(script.front());
    const http::asked request{(how & 1) != 0, (how & 2) != 0, (how & 4) != 0};
    compare_cuts<http::request_parser>(text, script, {});
    compare_cuts<http::response_parser>(text, script, {request, {}, request});
    read_heads(text);
    read_heads(text, request);
    check_utilities(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    return 0;
}
