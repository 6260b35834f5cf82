// SPDX-License-Identifier: MIT

#include <patio/http/client.hpp>

#include "access.hpp"
#include "client_state.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/timeout.hpp>
#include <patio/http/get.hpp>

#include <optional>
#include <utility>

namespace patio::http {

namespace detail {

client_state::client_state(const client_options& options)
    : settings{settings_of(options)},
      ways{settings},
      jar{std::move(settings.cookies)},
      pool{std::make_shared<connection_pool>(pool_bounds{
          settings.connections_max, settings.origin_connections_max, settings.idle_timeout})},
      random{std::random_device{}()} {}

client_errand::client_errand(client_state& of_, request asked_, std::shared_ptr<client_call> call_)
    : of{of_},
      asked{std::move(asked_)},
      call{std::move(call_)},
      body_begin{body_access::position(asked.body())} {}

bool rewind_body(client_errand& of) { return body_access::rewind(of.asked.body(), of.body_begin); }

namespace {

void check_url(const url& of) {
    if (of.scheme() != "http" && of.scheme() != "https")
        throw error{errc::unsupported, "a client asks for URLs of http and https"};
}

async<response> send_in_time(std::shared_ptr<client_state> state, request asked) {
    check_url(asked.url());
    auto call = std::make_shared<client_call>(asked, this_thread_loop().now());
    client_errand errand{*state, std::move(asked), call};
    auto sending = move_on_after(state->settings.timeout, send_and_follow(errand));
    std::optional<response> answer = co_await std::move(sending);
    if (!answer) call->fail(passed_limit{"timeout"});
    call->phase = request_phase::reading;
    response_extras& extras = response_access::extras(*answer);
    extras.url = errand.asked.url();
    extras.redirects = std::move(errand.redirects);
    extras.elapsed = this_thread_loop().now() - call->begin;
    extras.asked = call->asked.text();
    co_return std::move(*answer);
}

/// What asks once: the client lives until the head of the response is there.
async<response> send_once_only(client asking, request asked) {
    auto sending = asking.send(std::move(asked));
    response answer = co_await std::move(sending);
    co_return answer;
}

}  // namespace
}  // namespace detail

client::client(client_options options) : state_{std::make_shared<detail::client_state>(options)} {}
client::client(client&& other) noexcept = default;
client& client::operator=(client&& other) noexcept {
    if (this != &other) {
        close();
        state_ = std::move(other.state_);
    }
    return *this;
}
client::~client() { close(); }

void client::close() noexcept {
    if (state_ != nullptr) state_->pool->close();
}

request client::make_request(const char* method, std::string_view url, content&& sent,
                             headers&& fields) const {
    request made{method, url::parse(url, state_->settings.base_url)};
    made.headers() = std::move(fields);
    if (!sent.media_type().empty() && !made.headers().contains("Content-Type"))
        made.with("Content-Type", sent.media_type());
    made.with(std::move(sent.body()));
    return made;
}

async<response> client::get(std::string_view url, headers fields) {
    return send(make_request("GET", url, {}, std::move(fields)));
}
async<response> client::head(std::string_view url, headers fields) {
    return send(make_request("HEAD", url, {}, std::move(fields)));
}
async<response> client::post(std::string_view url, content sent, headers fields) {
    return send(make_request("POST", url, std::move(sent), std::move(fields)));
}
async<response> client::put(std::string_view url, content sent, headers fields) {
    return send(make_request("PUT", url, std::move(sent), std::move(fields)));
}
async<response> client::patch(std::string_view url, content sent, headers fields) {
    return send(make_request("PATCH", url, std::move(sent), std::move(fields)));
}
async<response> client::del(std::string_view url, headers fields) {
    return send(make_request("DELETE", url, {}, std::move(fields)));
}
async<response> client::send(request asked) {
    return detail::send_in_time(state_, std::move(asked));
}

cookie_jar& client::cookies() noexcept { return state_->jar; }
std::size_t client::connection_count() const noexcept { return state_->pool->connection_count(); }
std::size_t client::idle_connection_count() const noexcept { return state_->pool->idle_count(); }
void client::close_idle() noexcept { state_->pool->close_idle(); }

// --- single requests

namespace {

request single(const char* method, std::string_view url, content&& sent,
               const client_options& options) {
    request made{method, url::parse(url, detail::settings_of(options).base_url)};
    if (!sent.media_type().empty()) made.with("Content-Type", sent.media_type());
    made.with(std::move(sent.body()));
    return made;
}

}  // namespace

async<response> get(std::string_view url, client_options options) {
    request asked = single("GET", url, {}, options);
    return send(std::move(asked), std::move(options));
}
async<response> head(std::string_view url, client_options options) {
    request asked = single("HEAD", url, {}, options);
    return send(std::move(asked), std::move(options));
}
async<response> post(std::string_view url, content sent, client_options options) {
    request asked = single("POST", url, std::move(sent), options);
    return send(std::move(asked), std::move(options));
}
async<response> put(std::string_view url, content sent, client_options options) {
    request asked = single("PUT", url, std::move(sent), options);
    return send(std::move(asked), std::move(options));
}
async<response> patch(std::string_view url, content sent, client_options options) {
    request asked = single("PATCH", url, std::move(sent), options);
    return send(std::move(asked), std::move(options));
}
async<response> del(std::string_view url, client_options options) {
    request asked = single("DELETE", url, {}, options);
    return send(std::move(asked), std::move(options));
}
async<response> send(request asked, client_options options) {
    return detail::send_once_only(client{std::move(options)}, std::move(asked));
}

}  // namespace patio::http
