// SPDX-License-Identifier: MIT

#include "protocol.hpp"

#include "limits.hpp"
#include "rules.hpp"

#include <array>

#include <nlohmann/json.hpp>

namespace chat {

namespace {

using nlohmann::json;

constexpr int depth_max = 4;
constexpr std::int64_t id_max = (std::int64_t{1} << 53) - 1;

// --- reading

/// A field is missing, or is not what it must be.
struct misfit {
    std::string text;
};

/// The fields of an object. **Fails** with misfit, which does not leave this file.
class fields {
public:
    explicit fields(const json& of) noexcept : of_{of} {}

    [[nodiscard]] std::string text(const char* name) const {
        const json* const value = find(name);
        if (value == nullptr || !value->is_string())
            throw misfit{std::string{name} + " must be a string"};
        return value->get<std::string>();
    }
    [[nodiscard]] std::optional<std::string> text_if_any(const char* name) const {
        if (find(name) == nullptr) return {};
        return text(name);
    }
    [[nodiscard]] std::string word(const char* name, bool (*is_right)(std::string_view)) const {
        std::string value = text(name);
        if (!is_right(value)) throw misfit{std::string{name} + " is against its rule"};
        return value;
    }
    [[nodiscard]] std::int64_t number(const char* name, std::int64_t max) const {
        const json* const value = find(name);
        const bool is_whole = value != nullptr && value->is_number_unsigned();
        if (!is_whole || value->get<std::uint64_t>() > static_cast<std::uint64_t>(max))
            throw misfit{std::string{name} + " must be a whole number"};
        return value->get<std::int64_t>();
    }
    [[nodiscard]] std::int64_t id(const char* name) const {
        const std::int64_t value = number(name, id_max);
        if (value == 0) throw misfit{std::string{name} + " must be an id"};
        return value;
    }
    [[nodiscard]] bool has(const char* name) const { return find(name) != nullptr; }

private:
    [[nodiscard]] const json* find(const char* name) const {
        const auto found = of_.find(name);
        return found == of_.end() ? nullptr : &*found;
    }
    const json& of_;
};

request read_fields(const std::string& type, const fields& of) {
    if (type == "hello") {
        hello read{of.number("protocol", id_max), {}};
        if (read.protocol == 1) read.token = of.word("token", is_token);
        return read;  // another protocol may have other tokens
    }
    if (type == "join") {
        join read{of.text("room"), of.text_if_any("name"), 0, {}};
        if (of.has("last")) read.last = of.id("last");
        if (of.has("epoch")) read.epoch = of.text("epoch");
        return read;
    }
    if (type == "name") return rename_to{of.text("room"), of.text("name")};
    if (type == "send") return send_text{of.text("room"), of.word("key", is_key), of.text("text")};
    if (type == "typing") return typing{of.text("room")};
    if (type == "more") return more{of.text("room"), of.id("before")};
    if (type == "ping") return ping{};
    return unknown{};
}

/// The document, or one that is no object. Nothing in the protocol is deep, and what is deep costs
/// stack or memory somewhere.
json parse(std::string_view frame) {
    bool is_deep = false;
    const auto watch = [&](int depth, json::parse_event_t, json&) {
        if (depth > depth_max) is_deep = true;
        return !is_deep;
    };
    json read = json::parse(frame, watch, false);
    if (is_deep) read = nullptr;
    return read;
}

// --- writing

/// Texts are UTF-8 by the time they come here; if one were not, it must not end a connection.
std::string written(const json& what) {
    return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

json to_json(const message& said) {
    return {{"id", said.id},     {"room", said.room}, {"person", said.person}, {"name", said.name},
            {"text", said.text}, {"time", said.time}, {"key", said.key}};
}
json to_json(const std::vector<message>& all) {
    json list = json::array();
    for (const message& each : all)
        list.push_back(to_json(each));
    return list;
}

std::int64_t in_milliseconds(patio::duration length) noexcept {
    return (length.count() + 999'999) / 1'000'000;
}

}  // namespace

request read_request(std::string_view frame) {
    const json read = parse(frame);
    if (!read.is_object()) return bad_message{"this is no JSON object", {}, {}};
    bad_message bad;
    try {
        const fields of{read};
        bad.type = of.text("type");
        const auto key = read.find("key");
        if (key != read.end() && key->is_string()) bad.key = key->get<std::string>();
        if (!is_key(bad.key)) bad.key.clear();
        return read_fields(bad.type, of);
    } catch (const misfit& found) {
        bad.text = found.text;
    }
    if (bad.type.size() > 32) bad.type.clear();
    return bad;
}

std::string write_welcome(const std::string& person, const std::string& epoch) {
    return written({{"type", "welcome"},
                    {"protocol", 1},
                    {"person", person},
                    {"epoch", epoch},
                    {"text_bytes_max", text_bytes_max}});
}

std::string write_joined(const joined& what) {
    json people = json::array();
    for (const person_here& each : what.people)
        people.push_back({{"person", each.person}, {"name", each.name}});
    return written({{"type", "joined"},
                    {"room", what.room},
                    {"name", what.name ? json(*what.name) : json(nullptr)},
                    {"reset", what.reset},
                    {"has_older", what.shown.has_older},
                    {"messages", to_json(what.shown.messages)},
                    {"people", std::move(people)},
                    {"count", what.count}});
}

std::string write_message(const message& said) {
    json all = to_json(said);
    all["type"] = "message";
    return written(all);
}

std::string write_sent(const std::string& room, const std::string& key, const receipt& under) {
    return written(
        {{"type", "sent"}, {"room", room}, {"key", key}, {"id", under.id}, {"time", under.time}});
}

std::string write_history(const std::string& room, std::int64_t before, const page& shown) {
    return written({{"type", "history"},
                    {"room", room},
                    {"before", before},
                    {"messages", to_json(shown.messages)},
                    {"has_older", shown.has_older}});
}

std::string write_here(const std::string& room, const person_here& who, std::size_t count) {
    return written({{"type", "here"},
                    {"room", room},
                    {"person", who.person},
                    {"name", who.name},
                    {"count", count}});
}

std::string write_gone(const std::string& room, const std::string& person, std::size_t count) {
    return written({{"type", "gone"}, {"room", room}, {"person", person}, {"count", count}});
}

std::string write_typing(const std::string& room, const person_here& who) {
    return written(
        {{"type", "typing"}, {"room", room}, {"person", who.person}, {"name", who.name}});
}

std::string write_rooms(const std::vector<room_state>& all) {
    json list = json::array();
    for (const room_state& each : all)
        list.push_back({{"room", each.room}, {"count", each.count}, {"last", each.last}});
    return written({{"type", "rooms"}, {"rooms", std::move(list)}});
}

std::string write_slow_down(std::string_view type, patio::duration retry, const std::string& key,
                            std::int64_t before) {
    json all = {{"type", "slow_down"}, {"for", type}, {"retry_ms", in_milliseconds(retry)}};
    if (!key.empty()) all["key"] = key;
    if (before != 0) all["before"] = before;
    return written(all);
}

std::string write_restarting(patio::duration spread) {
    return written({{"type", "restarting"}, {"spread_ms", in_milliseconds(spread)}});
}

std::string write_error(const refusal& what) {
    json all = {{"type", "error"}, {"code", what.code}, {"text", what.text}};
    if (!what.type.empty()) all["for"] = what.type;
    if (!what.key.empty()) all["key"] = what.key;
    if (what.retry != patio::duration{}) all["retry_ms"] = in_milliseconds(what.retry);
    return written(all);
}

std::string write_pong() { return R"({"type":"pong"})"; }

std::size_t written_bytes_max(const message& said) noexcept {
    // A quote or a line break becomes two bytes; everything else stays. The rest are the names of
    // the fields, two numbers and the words with short rules.
    return 2 * (said.text.size() + said.name.size()) + 400;
}

}  // namespace chat
