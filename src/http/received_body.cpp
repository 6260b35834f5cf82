// SPDX-License-Identifier: MIT

#include "received_body.hpp"

#include <patio/core/timeout.hpp>

#include <string>
#include <utility>

namespace patio::http::detail {

async<std::size_t> received_body::read_some(byte_span target) {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    try {
        auto reading = move_on_after(read_timeout_, exchange_->receive_body(target));
        const std::optional<std::size_t> count = co_await std::move(reading);
        if (!count) throw passed_limit{"read_timeout"};
        co_return *count;
    } catch (const error& failure) {
        exchange_.reset();
        try {
            call_->fail(failure);
        } catch (const request_error&) {
            failure_ = std::current_exception();
        }
    }
    std::rethrow_exception(failure_);
}

decoded_body::decoded_body(std::unique_ptr<body_source> coded, const coding_list& codings,
                           std::size_t decoded_bytes_max, std::shared_ptr<client_call> of)
    : coded_{std::move(coded)},
      decoder_{codings, decoded_bytes_max},
      decoded_bytes_max_{decoded_bytes_max},
      call_{std::move(of)},
      input_{std::make_unique_for_overwrite<std::byte[]>(input_bytes)} {}

async<std::size_t> decoded_body::read_some(byte_span target) {
    for (;;) {
        if (is_at_end_) co_return 0;
        const coding_step step = decoder_.decode(rest_, target);
        rest_ = rest_.from(step.read);
        if (step.written > 0) co_return step.written;
        if (step.state == coding_state::failed) fail();
        if (!rest_.empty()) continue;
        if (is_input_over_) {
            if (decoder_.finish() != coding_fault::none) fail();
            is_at_end_ = true;
            co_return 0;
        }
        auto filling = fill();
        co_await std::move(filling);
    }
}

async<> decoded_body::fill() {
    auto reading = coded_->read_some(byte_span{input_.get(), input_bytes});
    const std::size_t count = co_await std::move(reading);
    rest_ = byte_view{input_.get(), count};
    is_input_over_ = count == 0;
}

void decoded_body::fail() const {
    switch (decoder_.fault()) {
        case coding_fault::output_bytes_max:
            call_->fail(make_error_code(errc::limit_exceeded),
                        "more comes out of the compressed body than the limit decoded_bytes_max (" +
                            std::to_string(decoded_bytes_max_) + ")");
        case coding_fault::truncated:
            call_->fail(make_error_code(errc::end_of_stream), "the compressed body is cut off");
        case coding_fault::no_memory:
            throw std::bad_alloc{};
        default:
            call_->fail(make_error_code(errc::malformed),
                        "the body is not what its Content-Encoding says");
    }
}

}  // namespace patio::http::detail
