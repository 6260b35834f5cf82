// SPDX-License-Identifier: MIT

#include "http1_connection.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/detail/stream_claim.hpp>
#include <patio/core/error.hpp>
#include <patio/core/timeout.hpp>
#include <patio/core/transport.hpp>

#include <optional>
#include <utility>

namespace patio::http::detail {

async<> http1_connection::fill() {
    if (input == nullptr) input = std::make_unique_for_overwrite<std::byte[]>(input_bytes);
    auto reading = line.read_some(byte_span{input.get(), input_bytes});
    const std::size_t count = co_await std::move(reading);
    unread = byte_view{input.get(), count};
    if (count == 0) parser.finish();
}

namespace {

/// Whether a read of the stream, which has read nothing ahead, would wait.
async<bool> would_wait(stream& line) {
    std::byte scrap[1];
    auto reading = as_outcome(move_on_after(duration{}, line.read_some(byte_span{scrap})));
    const outcome<std::optional<std::size_t>> came = co_await std::move(reading);
    co_return came.has_value() && !came.value().has_value();
}

}  // namespace

async<bool> http1_connection::is_still_good() {
    transport* carrier = line.carrier();
    if (carrier == nullptr || !unread.empty() || !line.buffered().empty()) co_return false;
    std::byte scrap[1];
    std::size_t count = 0;
    try {
        count = carrier->read_now(byte_span{scrap});
    } catch (const error&) {  // that it is broken is the answer
    }
    if (count != transport::not_now) co_return false;
    // A socket has answered for itself; layers above one cannot tell without reading.
    const bool has_answered = carrier->next_layer() == nullptr && carrier->native_handle() >= 0;
    if (has_answered) co_return true;
    auto asking = would_wait(line);
    const bool is_good = co_await std::move(asking);
    co_return is_good;
}

stream http1_connection::take_line() {
    if (!unread.empty()) {
        const patio::detail::stream_claim in{patio::detail::stream_claim::ref_of(line),
                                             patio::detail::stream_way::in};
        in.unread(unread);
        unread = {};
    }
    return std::move(line);
}

void throw_failure(const wire::http::response_parser& of) {
    const wire::http::failure& met = of.failure();
    if (met.what == wire::http::problem::cut_short) {
        throw error{errc::end_of_stream, "the connection ended in the middle of the response"};
    }
    std::string text = "the response is refused: ";
    text += wire::http::text_of(met.what);
    text += " (at byte " + std::to_string(met.position) + ")";
    if (!met.limit.empty()) text.append(", limit ").append(met.limit);
    throw error{met.limit.empty() ? errc::malformed : errc::limit_exceeded, text};
}

}  // namespace patio::http::detail
