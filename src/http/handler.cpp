// SPDX-License-Identifier: MIT

#include <patio/http/handler.hpp>

#include <patio/core/errors.hpp>

namespace patio::http {

handler::~handler() = default;
handler& handler::find(request& /*asked*/) { return *this; }
bool handler::answers_now() const noexcept { return false; }
response handler::answer_now(request& /*asked*/) {
    throw usage_error{"this handler answers later: co_await answer(request)"};
}

async<response> detail::answered(response made) { co_return made; }

}  // namespace patio::http
