// SPDX-License-Identifier: MIT

#include "parser.hpp"

#include "message_parser.hpp"

namespace patio::wire::http {

request_parser::request_parser(const limits& bounds)
    : parser_{std::make_unique<message_parser>(message_parser::kind::request, bounds)} {}
request_parser::request_parser(request_parser&& other) noexcept = default;
request_parser& request_parser::operator=(request_parser&& other) noexcept = default;
request_parser::~request_parser() = default;

event request_parser::next(byte_view& input) { return parser_->next(input); }
void request_parser::finish() noexcept { parser_->finish(); }
void request_parser::switch_protocol() noexcept { parser_->switch_protocol(); }
bool request_parser::is_idle() const noexcept { return parser_->is_idle(); }
const request_head& request_parser::head() const noexcept { return parser_->request(); }
byte_view request_parser::body() const noexcept { return parser_->body(); }
fields request_parser::trailers() const noexcept { return parser_->trailers(); }
const failure& request_parser::failure() const noexcept { return parser_->failure(); }

response_parser::response_parser(const limits& bounds)
    : parser_{std::make_unique<message_parser>(message_parser::kind::response, bounds)} {}
response_parser::response_parser(response_parser&& other) noexcept = default;
response_parser& response_parser::operator=(response_parser&& other) noexcept = default;
response_parser::~response_parser() = default;

void response_parser::begin(const asked& request) noexcept { parser_->begin(request); }
event response_parser::next(byte_view& input) { return parser_->next(input); }
void response_parser::finish() noexcept { parser_->finish(); }
bool response_parser::is_idle() const noexcept { return parser_->is_idle(); }
const response_head& response_parser::head() const noexcept { return parser_->response(); }
byte_view response_parser::body() const noexcept { return parser_->body(); }
fields response_parser::trailers() const noexcept { return parser_->trailers(); }
const failure& response_parser::failure() const noexcept { return parser_->failure(); }

}  // namespace patio::wire::http
