// SPDX-License-Identifier: MIT

#include <patio/http/middleware/limit_body.hpp>

#include "http/plain_response.hpp"

#include <memory>
#include <string>
#include <utility>

namespace patio::http {

namespace {

class limited_source final : public body_source {
public:
    limited_source(http::body inner, std::uint64_t bytes_max) noexcept
        : inner_{std::move(inner)}, bytes_max_{bytes_max} {}

    async<std::size_t> read_some(byte_span target) override {
        auto reading = inner_.read_some(target);
        const std::size_t count = co_await std::move(reading);
        bytes_ += count;
        if (bytes_ > bytes_max_) {
            throw status_error{
                413, "reading a body of more than " + std::to_string(bytes_max_) + " bytes"};
        }
        co_return count;
    }
    [[nodiscard]] const headers* trailers() const noexcept override { return inner_.trailers(); }

private:
    http::body inner_;
    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
};

}  // namespace

middleware limit_body(std::uint64_t bytes_max) {
    return [bytes_max](request& asked,
                       handler& next) PATIO_DETAIL_COROUTINE_WRAPPER_LAMBDA -> async<response> {
        const auto length = asked.body().length();
        if (length && *length > bytes_max) return detail::answered(detail::plain_response(413));
        if (!length) {
            http::body inner = std::move(asked.body());
            asked.with(http::body{std::make_unique<limited_source>(std::move(inner), bytes_max)});
        }
        return next.answer(asked);
    };
}

}  // namespace patio::http
