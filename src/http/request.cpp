// SPDX-License-Identifier: MIT

#include <patio/http/request.hpp>

#include "text_rules.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <utility>

namespace patio::http {

namespace {

void check_method(std::string_view method) {
    if (!method.empty() && std::all_of(method.begin(), method.end(), is_token_character)) return;
    throw error{errc::malformed, "making a request: the method is no word"};
}

}  // namespace

request::request() = default;

request::request(std::string method, http::url to) : method_{std::move(method)} {
    check_method(method_);
    this->to(std::move(to));
}

request::request(request&& other) noexcept = default;
request& request::operator=(request&& other) noexcept = default;
request::~request() = default;

const http::url& request::url() const {
    if (!url_.empty() || target_.empty()) return url_;
    // A server's. A target that is a whole URL counts, and Host does not: RFC 9112 section 3.2.2.
    if (target_.front() != '/') {
        url_ = url::parse(target_);
    } else {
        std::string whole = is_secure_ ? "https://" : "http://";
        whole.append(headers_.get("Host").value_or("localhost")).append(target_);
        url_ = url::parse(whole);
    }
    return url_;
}

request& request::to(http::url elsewhere) & {
    url_ = std::move(elsewhere);
    target_ = url_.target();
    query_.reset();
    return *this;
}

std::string_view request::path() const noexcept {
    const std::string_view path = std::string_view{target_}.substr(0, target_.find('?'));
    // A whole URL, as proxies get them, has its path behind the authority: RFC 9112 section 3.2.2.
    constexpr std::string_view mark = "://";
    const std::size_t scheme = path.find(mark);
    if (scheme == std::string_view::npos || path.front() == '/') return path;
    const std::size_t begin = path.find('/', scheme + mark.size());
    return begin == std::string_view::npos ? std::string_view{"/"} : path.substr(begin);
}

std::string_view request::mounted_path() const noexcept {
    const std::string_view all = path();
    return all.substr(std::min(mount_bytes_, all.size()));
}

const query_params& request::query() const {
    if (query_ == nullptr) {
        const std::size_t mark = target_.find('?');
        query_ = std::make_unique<query_params>(
            mark == std::string::npos
                ? query_params{}
                : query_params::parse(std::string_view{target_}.substr(mark + 1)));
    }
    return *query_;
}

std::optional<std::string_view> request::query(std::string_view name) const {
    if (target_.find('?') == std::string::npos) return std::nullopt;
    return query().get(name);
}

std::optional<std::string_view> request::cookie(std::string_view name) const noexcept {
    for (std::string_view rest : headers_.all("Cookie")) {
        while (!rest.empty()) {
            std::string_view value = trimmed(take_until(rest, ';'));
            const std::string_view key = take_until(value, '=');
            if (key == name) return value;
        }
    }
    return std::nullopt;
}

async<std::string> request::text(std::size_t bytes_max) { return body_.text(bytes_max); }

request& request::with(std::string_view name, std::string_view value) & {
    headers_.set(name, value);
    return *this;
}

request& request::with(http::body content) & noexcept {
    body_ = std::move(content);
    return *this;
}

const endpoint& request::peer() const noexcept {
    static const endpoint nobody;
    return peer_ != nullptr ? *peer_ : nobody;
}

std::string_view request::param(std::string_view name) const noexcept {
    for (std::size_t i = param_count_; i > 0; --i)
        if (params_[i - 1].name == name) return params_[i - 1].value;
    return {};
}

}  // namespace patio::http
