// SPDX-License-Identifier: MIT

#include "session.hpp"

#include "limits.hpp"
#include "rules.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/race.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/ws/connection_closed.hpp>

#include <cstdio>
#include <exception>
#include <string_view>
#include <utility>
#include <variant>

namespace chat {

using patio::async;
using patio::ws::close_code;

namespace {

/// A connection that breaks is everyday life.
bool is_end_of_connection(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const patio::ws::connection_closed&) {
        return true;
    } catch (...) {
        return false;
    }
}

}  // namespace

session::session(hall& in, patio::ws::connection peer)
    : hall_{in},
      peer_{std::move(peer)},
      mail_{queue_bytes_max},
      opened_at_{patio::now()},
      typed_at_{opened_at_ - typing_interval} {
    hall_.greet(mail_);
}
session::~session() { hall_.dismiss(mail_); }

async<> session::run() {
    auto talking = patio::race(listen_and_wait(), speak_to_end());
    co_await std::move(talking);
    auto closing = peer_.close(mail_.code(), mail_.reason());
    co_await std::move(closing);
}

/// Ends by what the client does; what waits is still sent then, so this never ends the race.
async<> session::listen_and_wait() {
    auto listening = listen();
    const auto ended = co_await patio::as_outcome(std::move(listening));
    mail_.end(close_code::normal);
    if (!ended && !is_end_of_connection(ended.error())) std::rethrow_exception(ended.error());
    co_await patio::sleep(patio::duration::forever());
}

async<> session::speak_to_end() {
    auto speaking = speak();
    const auto ended = co_await patio::as_outcome(std::move(speaking));
    if (!ended && !is_end_of_connection(ended.error())) std::rethrow_exception(ended.error());
}

async<> session::listen() {
    while (!mail_.has_ended()) {
        auto receiving = peer_.receive();
        auto heard = co_await patio::move_on_after(patience(), std::move(receiving));
        if (!heard) {
            mail_.end(close_code::policy_violation, "no hello came");
        } else if (!*heard) {
            mail_.end(close_code::normal);
        } else if (!(*heard)->is_text()) {
            mail_.end(close_code::unsupported_data, "text only");
        } else {
            auto answering = answer(std::move((*heard)->data));
            co_await std::move(answering);
        }
    }
}

async<> session::speak() {
    while (const frame next = co_await mail_.next()) {
        auto sending = peer_.send(std::string_view{*next});
        const bool is_sent = co_await patio::move_on_after(frame_timeout, std::move(sending));
        if (!is_sent) co_return;  // the connection is aborted by now
    }
}

/// How long the next message may take: only the first hello is waited for.
patio::duration session::patience() const noexcept {
    if (person_) return patio::duration::forever();
    return opened_at_ + hello_timeout - patio::now();
}

async<> session::answer(std::string said) {
    try {
        auto acting = act(read_request(said));
        co_await std::move(acting);
        co_return;
    } catch (const patio::sql::error& failure) {
        std::fprintf(stderr, "patio-chat: %s\n", failure.what());
    }
    const request again = read_request(said);
    refusal what{"unavailable", "The server cannot read or write its history."};
    what.retry = unavailable_retry;
    if (std::holds_alternative<join>(again)) what.type = "join";
    if (std::holds_alternative<rename_to>(again)) what.type = "name";
    if (std::holds_alternative<more>(again)) what.type = "more";
    if (const auto* sent = std::get_if<send_text>(&again)) {
        what.type = "send";
        what.key = sent->key;
    }
    refuse(std::move(what));
}

async<> session::act(request said) {
    if (const auto* bad = std::get_if<bad_message>(&said)) co_return complain(*bad);
    if (const auto* first = std::get_if<hello>(&said)) co_return greet(*first);
    if (std::holds_alternative<unknown>(said)) co_return;
    if (!person_) co_return refuse({"hello_needed", "Say hello first."});
    if (std::holds_alternative<ping>(said)) co_return mail_.put(write_pong());
    if (const auto* writes = std::get_if<typing>(&said)) co_return tell_typing(*writes);
    auto acting = act_with_store(std::move(said));
    co_await std::move(acting);
}

/// What has to wait for the store.
async<> session::act_with_store(request said) {
    if (auto* to_send = std::get_if<send_text>(&said)) return say(std::move(*to_send));
    if (auto* to_join = std::get_if<join>(&said)) return enter(std::move(*to_join));
    if (auto* to_rename = std::get_if<rename_to>(&said)) return take_name(std::move(*to_rename));
    return page_back(std::move(std::get<more>(said)));
}

// --- who it is

void session::complain(const bad_message& said) {
    refuse({"bad_message", said.text, said.type, said.key});
    const patio::time_point now = patio::now();
    while (!mistakes_.empty() && mistakes_.front() + bad_messages_in <= now)
        mistakes_.pop_front();
    mistakes_.push_back(now);
    if (mistakes_.size() >= bad_messages_max)
        mail_.end(close_code::policy_violation, "too many bad messages");
}

void session::greet(const hello& said) {
    if (person_) return refuse({"hello_needed", "Hello was said before.", "hello"});
    if (said.protocol != 1) {
        refuse({"protocol_unsupported", "This server speaks version 1.", "hello"});
        return mail_.end(close_code::policy_violation, "protocol_unsupported");
    }
    person_ = hall_.meet(said.token);
    mail_.put(write_welcome(person_->id, hall_.store().epoch()));
}

// --- into a room

async<> session::enter(join said) {
    if (!may(person_->moves, "join")) co_return;
    if (!is_room(said.room))
        co_return refuse({"room_bad", "A room has a short name of a-z, 0-9 and -.", "join"});
    const std::shared_ptr<room> to = hall_.find_room(said.room);
    if (!to) co_return refuse({"rooms_full", "There are too many rooms.", "join"});
    const bool is_same = seat_ && &seat_->where() == to.get();
    if (!is_same && to->seat_count() >= hall_.most().room_people_max)
        co_return refuse({"room_full", "There are too many people in this room.", "join"});

    if (is_same) seat_.reset();
    auto taken = std::make_unique<seat>(to, person_->id, mail_);  // before anybody else takes it
    auto finding = find_name(said.room, said.name);
    naming found = co_await std::move(finding);
    auto reading = read_room(std::move(said), to->last());
    joined seen = co_await std::move(reading);

    if (seat_) seat_->leave();
    seat_ = std::move(taken);
    if (found.name && to->name_of(person_->id) != found.name) to->name(person_->id, *found.name);
    seen.name = to->name_of(person_->id);
    seen.people = to->people();
    seen.count = to->count();
    const auto& messages = seen.shown.messages;
    seat_->open(write_joined(seen), messages.empty() ? 0 : messages.back().id);
    if (!found.fault.empty()) refuse({found.fault, "That name is not to be had.", "join"});
    hall_.show_rooms(mail_);
}

async<session::naming> session::find_name(std::string room, std::optional<std::string> wanted) {
    naming found;
    if (wanted && !is_name(*wanted)) {
        found.fault = "name_bad";
    } else if (wanted) {
        const bool is_free =
            co_await hall_.store().claim(room, *wanted, person_->owner, clock_ms());
        if (is_free) {
            found.name = std::move(wanted);
            co_return found;
        }
        found.fault = "name_taken";
    }
    found.name = co_await hall_.store().name_of(room, person_->owner, clock_ms());
    co_return found;
}

/// What a client does not have: `last` is the greatest id that anybody can have seen.
async<joined> session::read_room(join said, std::int64_t last) {
    joined seen;
    seen.room = said.room;
    std::optional<page> missed;
    if (said.last != 0 && said.last <= last && said.epoch == hall_.store().epoch())
        missed = co_await hall_.store().since(said.room, said.last);
    seen.reset = !missed;
    if (!missed) missed = co_await hall_.store().latest(said.room);
    seen.shown = std::move(*missed);
    co_return seen;
}

async<> session::take_name(rename_to said) {
    if (!is_in(said.room, "name")) co_return;
    if (!may(person_->moves, "name")) co_return;
    if (!is_name(said.name)) {
        co_return refuse({"name_bad", "A name has 1 to 24 letters, and no strange ones.", "name"});
    }
    const bool is_free =
        co_await hall_.store().claim(said.room, said.name, person_->owner, clock_ms());
    if (!is_free) co_return refuse({"name_taken", "Somebody else has this name.", "name"});
    seat_->where().name(person_->id, said.name);
}

// --- in a room

async<> session::say(send_text said) {
    if (!is_in(said.room, "send", said.key)) co_return;
    room& here = seat_->where();
    refusal fault{"", "", "send", said.key};
    const auto name = here.name_of(person_->id);
    const text_fault wrong = check_text(said.text);
    if (!name) {
        fault.code = "name_needed";
        fault.text = "Take a name before you say something.";
    } else if (wrong == text_fault::empty) {
        fault.code = "text_empty";
        fault.text = "There is nothing in it.";
    } else if (wrong == text_fault::too_long) {
        fault.code = "text_long";
        fault.text = "It is too long.";
    } else if (wrong == text_fault::bad) {
        fault.code = "text_bad";
        fault.text = "There are control characters in it.";
    }
    if (!fault.code.empty()) co_return refuse(std::move(fault));

    const patio::duration wait = person_->sends.take(patio::now());
    std::optional<receipt> under;
    if (wait > patio::duration{}) {
        under = co_await hall_.store().find(person_->id, said.room, said.key);
        if (!under) co_return mail_.put(write_slow_down("send", wait, said.key));
    } else {
        draft written{said.room, person_->id, *name, std::move(said.text), clock_ms(), said.key};
        auto saying = hall_.say(here.shared_from_this(), std::move(written));
        under = co_await std::move(saying);
        if (!under || under->is_repeated) person_->sends.give_back();
    }
    if (under) co_return mail_.put(write_sent(said.room, said.key, *under));
    fault.code = "unavailable";
    fault.text = "The server cannot store it.";
    fault.retry = unavailable_retry;
    refuse(std::move(fault));
}

async<> session::page_back(more said) {
    if (!is_in(said.room, "more")) co_return;
    if (!may(person_->pages, "more", said.before)) co_return;
    const page found = co_await hall_.store().before(said.room, said.before);
    mail_.put(write_history(said.room, said.before, found));
}

void session::tell_typing(const typing& said) {
    if (!is_in(said.room, "typing")) return;
    if (!seat_->where().name_of(person_->id))
        return refuse({"name_needed", "Take a name first.", "typing"});
    if (patio::now() - typed_at_ < typing_interval) return;
    typed_at_ = patio::now();
    seat_->where().tell_typing(person_->id);
}

// --- what is asked before

bool session::is_in(const std::string& room, const char* type, const std::string& key) {
    if (seat_ && seat_->where().name() == room) return true;
    refuse({"not_joined", "You are not in this room.", type, key});
    return false;
}

bool session::may(rate& of, const char* type, std::int64_t before) {
    const patio::duration wait = of.take(patio::now());
    if (wait <= patio::duration{}) return true;
    mail_.put(write_slow_down(type, wait, {}, before));
    return false;
}

}  // namespace chat
