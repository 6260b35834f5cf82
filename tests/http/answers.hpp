// SPDX-License-Identifier: MIT
#pragma once

// Asking handlers without a connection.

#include "http/access.hpp"

#include <patio/http/handler.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>
#include <patio/testing/run.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace patio::http::test_support {

/// A request as a server has received it: the target stays as it was sent.
inline request received(std::string_view method, std::string_view target) {
    request made;
    detail::request_access::set_start(made, method, target);
    return made;
}

/// What came: the body is read, for it may need its request.
struct seen_answer {
    int status = 0;
    http::headers headers;
    std::string text;

    [[nodiscard]] std::string header(std::string_view name) const {
        return std::string{headers.get(name).value_or("(none)")};
    }
};

inline async<seen_answer> see(response got) {
    seen_answer seen;
    seen.status = got.status();
    seen.headers = got.headers();
    auto reading = got.text();
    seen.text = co_await std::move(reading);
    co_return seen;
}

/// Asks as a server does: whoever answers at once is not awaited.
inline async<seen_answer> ask(handler& who, request& asked) {
    handler& found = who.find(asked);
    if (found.answers_now()) {
        auto seeing = see(found.answer_now(asked));
        seen_answer seen = co_await std::move(seeing);
        co_return seen;
    }
    auto answering = found.answer(asked);
    response got = co_await std::move(answering);
    auto seeing = see(std::move(got));
    seen_answer seen = co_await std::move(seeing);
    co_return seen;
}

/// The whole of it on virtual time.
inline seen_answer answer_of(handler& who, request asked) { return testing::run(ask(who, asked)); }
inline seen_answer answer_of(handler& who, std::string_view method, std::string_view target) {
    return answer_of(who, received(method, target));
}

}  // namespace patio::http::test_support
