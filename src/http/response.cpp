// SPDX-License-Identifier: MIT

#include <patio/http/response.hpp>

#include "access.hpp"

#include <patio/core/errors.hpp>
#include <patio/http/status.hpp>

#include <utility>

namespace patio::http {

response::response() noexcept = default;

response::response(int status, http::body content) : body_{std::move(content)} {
    this->status(status);
}

response::response(http::body content) noexcept : body_{std::move(content)} {}

response::response(response&& other) noexcept
    : status_{std::exchange(other.status_, 200)},
      headers_{std::move(other.headers_)},
      body_{std::move(other.body_)},
      extras_{std::move(other.extras_)} {}
response& response::operator=(response&& other) noexcept {
    status_ = std::exchange(other.status_, 200);
    headers_ = std::move(other.headers_);
    body_ = std::move(other.body_);
    extras_ = std::move(other.extras_);
    return *this;
}
response::~response() = default;

response response::html(std::string page) {
    return response{std::move(page)}.with("Content-Type", "text/html; charset=utf-8");
}

response response::json(std::string document) {
    return response{std::move(document)}.with("Content-Type", "application/json");
}

response response::redirect(std::string_view location, int status) {
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
        throw usage_error{"a redirection has the status 301, 302, 303, 307 or 308"};
    }
    return response{status}.with("Location", location);
}

response response::switch_protocol(std::string_view name, unique_function<async<>(stream)> talk) {
    response made{101};
    made.with("Connection", "Upgrade").with("Upgrade", name);
    made.extras().talk = std::move(talk);
    return made;
}

detail::response_extras& response::extras() {
    if (extras_ == nullptr) extras_ = std::make_unique<detail::response_extras>();
    return *extras_;
}

std::string_view response::reason() const noexcept {
    if (extras_ != nullptr && !extras_->reason.empty()) return extras_->reason;
    return reason_of(status_);
}

async<std::string> response::text(std::size_t bytes_max) { return body_.text(bytes_max); }
async<std::uint64_t> response::save_to(std::string path) { return body_.save_to(std::move(path)); }

response& response::status(int status) & {
    if (status < 100 || status > 599) {
        throw usage_error{"a response has a status from 100 to 599"};
    }
    status_ = status;
    return *this;
}

response& response::with(std::string_view name, std::string_view value) & {
    headers_.set(name, value);
    return *this;
}

response& response::with(http::body content) & noexcept {
    body_ = std::move(content);
    return *this;
}

const http::url& response::url() const noexcept {
    static const http::url none;
    return extras_ != nullptr ? extras_->url : none;
}

const std::vector<http::url>& response::redirects() const noexcept {
    static const std::vector<http::url> none;
    return extras_ != nullptr ? extras_->redirects : none;
}

duration response::elapsed() const noexcept {
    return extras_ != nullptr ? extras_->elapsed : duration{};
}

response& response::raise_for_status() & {
    if (status_ < 400) return *this;
    const bool has_asked = extras_ != nullptr && !extras_->asked.empty();
    throw status_error{status_, (has_asked ? extras_->asked : std::string{"a request"}) + ": " +
                                    std::to_string(status_) + " " + std::string{reason()}};
}

stream response::take_connection() {
    if (extras_ == nullptr || extras_->connection.is_closed()) {
        throw usage_error{"only a response that switches protocols has a connection to take"};
    }
    return std::move(extras_->connection);
}

status_error::status_error(int status, const std::string& doing)
    : error{make_error_code(errc::refused), doing}, status_{status} {}
status_error::~status_error() = default;

}  // namespace patio::http
