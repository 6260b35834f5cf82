// SPDX-License-Identifier: MIT

#include "room.hpp"

#include "limits.hpp"

#include <patio/core/sleep.hpp>

#include <algorithm>

namespace chat {

// --- a place

seat::seat(std::shared_ptr<chat::room> in, std::string person, outbox& mail)
    : room_{std::move(in)}, person_{std::move(person)}, mail_{mail} {
    room_->sit(*this);
}
seat::~seat() {
    if (room_) room_->stand_up(*this, false);
}

void seat::leave() {
    room_->stand_up(*this, true);
    room_.reset();
}

void seat::open(std::string text, std::int64_t last) {
    mail_.put_page(std::move(text));
    is_open_ = true;
    heard_ = last;
    for (const auto& [id, said] : kept_back_)
        hear(id, said);
    kept_back_.clear();
}

void seat::hear(std::int64_t id, const frame& text) {
    if (is_open_) {
        // The store may have shown a message that is only now published.
        if (id != 0 && id <= heard_) return;
        if (id != 0) heard_ = id;
        mail_.put(text);
    } else if (id != 0) {
        kept_back_bytes_ += text->size();
        kept_back_.emplace_back(id, text);
        if (kept_back_bytes_ <= queue_bytes_max) return;
        kept_back_.clear();
        mail_.end(patio::ws::close_code::try_again_later, "too much at once: come again");
    }
}

// --- the room

std::vector<person_here> room::people() const {
    std::vector<person_here> all;
    for (const auto& [person, here] : people_) {
        if (all.size() == people_listed_max) break;
        all.push_back({person, here.name});
    }
    return all;
}

std::optional<std::string> room::name_of(const std::string& person) const {
    const auto found = people_.find(person);
    if (found == people_.end()) return {};
    return found->second.name;
}

void room::publish(const message& said) {
    last_ = said.id;
    const frame text = make_frame(write_message(said));
    for (seat* each : seats_)
        each->hear(said.id, text);
}

void room::name(const std::string& person, const std::string& name) {
    const auto [found, is_new] = people_.try_emplace(person);
    presence& here = found->second;
    if (here.name == name) return;
    here.name = name;
    if (is_new) {
        here.seats = static_cast<std::size_t>(std::ranges::count(seats_, person, &seat::person));
    }
    tell(make_frame(write_here(name_, {person, name}, count())));
}

void room::tell_typing(const std::string& person) {
    const auto found = people_.find(person);
    if (found == people_.end()) return;
    tell(make_frame(write_typing(name_, {person, found->second.name})), person);
}

void room::part(patio::time_point left_before) {
    for (auto each = people_.begin(); each != people_.end();) {
        const bool is_over = each->second.seats == 0 && each->second.left_at <= left_before;
        each = is_over ? say_gone(each) : std::next(each);
    }
}

void room::sit(seat& here) {
    seats_.push_back(&here);
    const auto found = people_.find(here.person_);
    if (found != people_.end()) ++found->second.seats;
}

void room::stand_up(seat& here, bool is_gone) {
    std::erase(seats_, &here);
    const auto found = people_.find(here.person_);
    if (found == people_.end() || --found->second.seats > 0) return;
    found->second.left_at = patio::now();
    if (is_gone) say_gone(found);
}

room::all_people::iterator room::say_gone(all_people::iterator who) {
    const std::string person = who->first;
    const auto next = people_.erase(who);
    tell(make_frame(write_gone(name_, person, count())));
    return next;
}

void room::tell(const frame& text, const std::string& but_person) {
    for (seat* each : seats_)
        if (but_person.empty() || each->person_ != but_person) each->hear(0, text);
}

}  // namespace chat
