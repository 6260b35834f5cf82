// SPDX-License-Identifier: MIT

#include "write_head.hpp"

#include "characters.hpp"
#include "lists.hpp"
#include "meaning.hpp"

#include <patio/base/assert.hpp>

#include <string_view>

namespace patio::wire::http {

namespace {

std::string_view text_of_version(version spoken) noexcept {
    return spoken == version::http_1_1 ? "HTTP/1.1" : "HTTP/1.0";
}

problem check_fields(fields all) noexcept {
    for (const field& each : all) {
        if (!is_token(each.name)) return problem::field_malformed;
        if (find_control(each.value) != each.value.size()) return problem::control_character;
    }
    return problem::none;
}

void write_fields(std::string& into, fields all) {
    for (const field& each : all) {
        into += each.name;
        into += ": ";
        into += without_blanks(each.value);
        into += "\r\n";
    }
    into += "\r\n";
}

bool has_framing(fields all) noexcept {
    return find_field(all, "content-length") != nullptr ||
           find_field(all, "transfer-encoding") != nullptr;
}

}  // namespace

problem write_request_head(std::string& into, request_head& head) {
    if (!is_token(head.method)) return problem::start_line_malformed;
    problem what = check_fields(head.fields);
    if (what == problem::none) what = understand(head);
    if (what != problem::none) return what;
    into += head.method;
    into += ' ';
    into += head.target;
    into += ' ';
    into += text_of_version(head.version);
    into += "\r\n";
    write_fields(into, head.fields);
    return problem::none;
}

problem write_response_head(std::string& into, response_head& head, const asked& request) {
    if (head.status < 100 || head.status > 999) return problem::status_malformed;
    if (find_control(head.reason) != head.reason.size()) return problem::control_character;
    problem what = check_fields(head.fields);
    if (what == problem::none) what = understand(head, request);
    if (what != problem::none) return what;
    const bool is_tunnel = request.is_connect && head.status / 100 == 2;
    if ((head.status < 200 || head.status == 204 || is_tunnel) && has_framing(head.fields))
        return problem::length_not_allowed;
    into += text_of_version(head.version);
    into += ' ';
    into += std::to_string(head.status);
    into += ' ';
    into += head.reason;
    into += "\r\n";
    write_fields(into, head.fields);
    return problem::none;
}

chunk_head::chunk_head(std::uint64_t size_bytes) noexcept {
    PATIO_ASSERT(size_bytes > 0, "a chunk of no bytes ends the body; use write_last_chunk");
    std::size_t index = text_.size();
    text_[--index] = '\n';
    text_[--index] = '\r';
    for (; size_bytes > 0; size_bytes /= 16)
        text_[--index] = "0123456789abcdef"[size_bytes % 16];
    begin_ = index;
}

void write_chunk_head(std::string& into, std::uint64_t size_bytes) {
    const chunk_head written{size_bytes};
    const byte_view head = written;
    into.append(reinterpret_cast<const char*>(head.data()), head.size());
}

problem write_last_chunk(std::string& into, fields trailers) {
    const problem what = check_fields(trailers);
    if (what != problem::none) return what;
    for (const field& each : trailers)
        if (!may_be_trailer(each.name)) return problem::trailer_forbidden;
    into += "0\r\n";
    write_fields(into, trailers);
    return problem::none;
}

}  // namespace patio::wire::http
