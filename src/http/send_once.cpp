// SPDX-License-Identifier: MIT

// One request on one connection.

#include "access.hpp"
#include "client_state.hpp"
#include "http1_exchange.hpp"
#include "is_loss.hpp"
#include "received_body.hpp"
#include "request_fields.hpp"
#include "route.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/race.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/timeout.hpp>

#include <exception>
#include <utility>

namespace patio::http::detail {

namespace {

/// What the sending and the reading side of one exchange share.
struct conversation {
    conversation(client_errand& of, exchange& over_, request_fields& made)
        : errand{of}, over{over_}, head{made.head()}, expects_continue{made.expects_continue()} {}

    /// Bytes went out: the server has all its time for the response again.
    void note_progress() {
        if (patience != nullptr && !patience->expired())
            patience->reschedule(errand.of.settings.response_timeout);
    }

    client_errand& errand;
    exchange& over;
    outgoing_head head;
    const bool expects_continue;
    response answer;
    event may_go_on;  // 100 has come
    deadline* patience = nullptr;
    bool has_begun_body = false;
};

// --- the way out

constexpr std::size_t upload_piece_bytes = std::size_t{16} << 10;
/// What is sent together with the head: a socket's buffer takes it without waiting for its reader.
constexpr std::size_t at_once_bytes_max = std::size_t{16} << 10;

/// Sends what a source gives. **Returns** false if the server takes no more: it may have said why.
async<bool> send_piece(conversation& in, byte_view piece) {
    try {
        auto sending = in.over.send_body(piece);
        co_await std::move(sending);
        in.note_progress();
        co_return true;
    } catch (const error&) {  // the reading side hears of it, too, and knows more
        co_return false;
    }
}

async<bool> send_text(conversation& in, byte_view rest) {
    constexpr std::size_t part_bytes = std::size_t{256} << 10;
    while (!rest.empty()) {
        auto sending = send_piece(in, rest.first(part_bytes));
        const bool is_sent = co_await std::move(sending);
        if (!is_sent) co_return false;
        rest = rest.from(part_bytes);
    }
    co_return true;
}

async<bool> send_source(conversation& in, body& from) {
    std::string memory(upload_piece_bytes, '\0');
    const std::optional<std::uint64_t> length = in.head.length;
    std::uint64_t total = 0;
    for (;;) {
        auto reading = from.read_some(byte_span{memory});
        const std::size_t count = co_await std::move(reading);
        if (length && (count > *length - total || (count == 0 && total < *length)))
            throw usage_error{"a request's body has another length than it was said to have"};
        if (count == 0) co_return true;
        total += count;
        auto sending = send_piece(in, byte_view{memory}.first(count));
        const bool is_sent = co_await std::move(sending);
        if (!is_sent) co_return false;
    }
}

/// Sends the head and the body, and then waits until nobody cares any more.
async<> send_all(conversation& in) {
    auto sending_head = in.over.send_head(in.head, {});
    co_await std::move(sending_head);
    if (in.expects_continue) {
        auto asking = move_on_after(in.errand.of.settings.expect_timeout, in.may_go_on.wait());
        co_await std::move(asking);
    }
    in.has_begun_body = true;
    body& from = in.errand.asked.body();
    auto sending = from.in_memory() ? send_text(in, byte_view{body_access::rest(from)})
                                    : send_source(in, from);
    const bool is_all_sent = co_await std::move(sending);
    if (is_all_sent) {
        try {
            auto ending = in.over.send_end();
            co_await std::move(ending);
        } catch (const error&) {  // as that of a piece
        }
    }
    in.errand.call->phase = request_phase::waiting;
    in.note_progress();
    event never;
    co_await never.wait();
}

// --- the way in

async<> receive_answer(conversation& in) {
    for (;;) {
        auto receiving = in.over.receive_head(in.answer);
        co_await std::move(receiving);
        const int status = in.answer.status();
        if (status >= 200 || status == 101) co_return;
        if (status == 100) in.may_go_on.set();
        in.note_progress();
    }
}

// --- both

async<> ask_at_once(conversation& in, byte_view content) {
    in.has_begun_body = !content.empty();
    auto sending = in.over.send_head(in.head, content);
    co_await std::move(sending);
    in.errand.call->phase = request_phase::waiting;
    auto receiving = receive_answer(in);
    co_await std::move(receiving);
}

/// A response that comes before the body is sent ends the sending.
async<> ask_while_sending(conversation& in) {
    auto first = race(receive_answer(in), send_all(in));
    co_await std::move(first);
}

async<> converse(conversation& in) {
    const body& content = in.errand.asked.body();
    const duration limit = in.errand.of.settings.response_timeout;
    in.errand.call->phase = request_phase::sending;
    bool is_in_time = false;
    if (content.in_memory() && body_access::rest(content).size() <= at_once_bytes_max &&
        !in.expects_continue) {
        auto asking = move_on_after(limit, ask_at_once(in, byte_view{body_access::rest(content)}));
        is_in_time = co_await std::move(asking);
    } else {
        const auto ask = [&in](deadline& patience) PATIO_DETAIL_COROUTINE_WRAPPER_LAMBDA {
            in.patience = &patience;
            return ask_while_sending(in);
        };
        auto asking = move_on_after(limit, ask);
        is_in_time = co_await std::move(asking);
    }
    in.patience = nullptr;
    if (!is_in_time) throw passed_limit{"response_timeout"};
}

// --- the response

/// Whether the codings of a body are to be taken off; `found` are these.
bool has_known_coding(const client_settings& settings, const response& of, coding_list& found) {
    // A part of a compressed body is no compressed body.
    if (!settings.decompresses || of.status() == 206) return false;
    for (const std::string_view each : of.headers().all("Content-Encoding")) {
        if (found.read(each) != coding_fault::none) return false;
    }
    return !found.empty();
}

void give_body(client_errand& errand, response& to, std::unique_ptr<exchange> from) {
    const client_settings& settings = errand.of.settings;
    if (!from->body().has_body) {
        stream connection = from->take_connection();
        if (!connection.is_closed()) response_access::extras(to).connection = std::move(connection);
        return;
    }
    coding_list codings;
    const bool is_coded = has_known_coding(settings, to, codings);
    if (!is_coded) {
        if (std::optional<std::string> all = from->take_arrived_body()) {
            to.with(body{std::move(*all)});
            return;
        }
    }
    std::unique_ptr<body_source> source =
        std::make_unique<received_body>(std::move(from), errand.call, settings.read_timeout);
    if (is_coded) {
        source = std::make_unique<decoded_body>(std::move(source), codings,
                                                settings.decoded_bytes_max, errand.call);
        to.headers().remove("Content-Encoding");
        to.headers().remove("Content-Length");
    }
    to.with(body{std::move(source)});
}

/// A connection on which one request can be asked.
async<std::unique_ptr<exchange>> open_exchange(client_errand& errand, const route& along,
                                               pool_choice choice) {
    request_phase& phase = errand.call->phase;
    phase = request_phase::queued;
    auto acquiring = errand.of.pool->acquire(along.key, choice);
    pool_grant granted = co_await std::move(acquiring);
    std::unique_ptr<http1_connection> connection = std::move(granted.kept);
    if (connection != nullptr) {
        auto asking = connection->is_still_good();
        const bool is_good = co_await std::move(asking);
        if (!is_good) {
            granted.slot = std::move(connection->slot);
            connection.reset();
        }
    }
    if (connection == nullptr) {
        auto opening = open_route(errand.of.settings, along, std::move(granted.slot), phase);
        connection = co_await std::move(opening);
    }
    std::unique_ptr<exchange> made = std::make_unique<http1_exchange>(std::move(connection));
    co_return made;
}

/// Whether a request that got no response on a kept connection can be sent again unasked: the
/// server has probably closed that connection before it came.
bool may_be_resent(client_errand& errand, const exchange& failed, const conversation& how,
                   const std::exception_ptr& why) {
    if (!failed.is_on_kept_connection() || !failed.is_unanswered() || !is_loss(why)) return false;
    const bool is_unseen = how.head.has_body && how.head.length != 0 && !how.has_begun_body;
    return (is_idempotent(errand.asked.method()) || is_unseen) && rewind_body(errand);
}

async<response> send_along(client_errand& errand, const route& along) {
    request_fields made{errand, along};
    pool_choice choice = pool_choice::any;
    for (;;) {
        auto opening = open_exchange(errand, along, choice);
        std::unique_ptr<exchange> over = co_await std::move(opening);
        conversation talk{errand, *over, made};
        auto asking = as_outcome(converse(talk));
        const outcome<void> asked = co_await std::move(asking);
        if (!asked) {
            if (!may_be_resent(errand, *over, talk, asked.error()))
                std::rethrow_exception(asked.error());
            choice = pool_choice::fresh;
            continue;
        }
        errand.call->phase = request_phase::reading;
        give_body(errand, talk.answer, std::move(over));
        co_return std::move(talk.answer);
    }
}

}  // namespace

async<response> send_once(client_errand& errand) {
    const url& to = errand.asked.url();
    const route along = route_to(to, errand.asked.method(), errand.of.ways.for_request(to));
    try {
        auto sending = send_along(errand, along);
        response answer = co_await std::move(sending);
        co_return answer;
    } catch (const request_error&) {
        throw;
    } catch (const error& failure) {
        errand.call->fail(failure);
    }
}

}  // namespace patio::http::detail
