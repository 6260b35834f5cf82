// SPDX-License-Identifier: MIT

#include <patio/http/middleware/timeout_after.hpp>

#include "http/plain_response.hpp"

#include <patio/core/timeout.hpp>

#include <optional>
#include <utility>

namespace patio::http {

middleware timeout_after(duration limit) {
    return [limit](request& asked, handler& next) -> async<response> {
        auto answering = next.answer(asked);
        std::optional<response> made = co_await move_on_after(limit, std::move(answering));
        if (!made) co_return detail::plain_response(503);
        co_return std::move(*made);
    };
}

}  // namespace patio::http
