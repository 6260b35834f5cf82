// SPDX-License-Identifier: MIT
#pragma once

// The scenario format: from lines of a file to statements. README.md beside this file describes it.
//
// scenario.py is the same parser for asyncio's side; a verb that is added here is added there.

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

/// A scenario file that says something the format does not know.
class format_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One line with what is indented below it.
struct statement {
    std::string where;  ///< file and line, for complaints
    std::string verb;
    std::vector<std::string> words;
    std::string name;   ///< after 'as'; empty if there is none
    std::string group;  ///< after 'in'
    std::string bind;   ///< after '->'
    std::vector<statement> body;
    std::vector<statement> clauses;  ///< 'except', 'finally' or 'each' with their own bodies
};

/// `async NAME PARAMETER…` and its statements.
struct coroutine {
    std::vector<std::string> parameters;
    std::vector<statement> body;
};

/// A shared object: `semaphore seats 2`.
struct object {
    std::string kind;
    std::string name;
    std::string value;
    std::size_t size = 0;  ///< `value` as a number, for the kinds that take one
};

using lines = std::vector<std::string>;

/// A parsed file.
struct scenario {
    std::string path;
    std::optional<std::string> departs;    ///< the reason, if Patio departs from asyncio here
    std::map<std::string, lines> records;  ///< 'asyncio' and 'patio', if it departs
    std::vector<object> objects;
    std::map<std::string, coroutine> coroutines;

    /// What is wrong with its departure as written; empty if nothing is.
    [[nodiscard]] std::string complaint() const {
        if (!departs) return records.empty() ? "" : "records a trace without 'departs:'";
        if (departs->empty()) return "'departs:' gives no reason";
        const auto asyncio = records.find("asyncio");
        const auto patio = records.find("patio");
        if (asyncio == records.end() || patio == records.end() || patio->second.empty()) {
            return "a departure records both traces, 'asyncio:' and 'patio:'";
        }
        const bool departs_still = asyncio->second != patio->second;
        return departs_still ? "" : "both records are the same, so nothing departs";
    }
};

namespace detail {

enum class body_kind { none, block, calls };

/// What may follow a verb.
struct shape {
    std::size_t least = 0;  ///< how many words
    std::size_t most = 0;
    bool text = false;         ///< the rest of the line is one text
    bool names = false;        ///< 'as NAME' may follow
    bool joins_group = false;  ///< 'in GROUP' may follow
    bool binds = false;        ///< '-> VARIABLE' may follow
    bool must_bind = false;    ///< '-> VARIABLE' must follow
    body_kind body = body_kind::none;
    std::vector<std::string> clauses{};  ///< verbs that follow with a block: one, or 'except's
};

inline constexpr std::size_t many = 1000;

inline shape words(std::size_t least, std::size_t most) {
    shape s;
    s.least = least;
    s.most = most;
    return s;
}
inline shape text(std::size_t least) {
    shape s = words(least, 1);
    s.text = true;
    return s;
}
inline shape call() {
    shape s = words(1, many);
    s.names = true;
    return s;
}
inline shape binding(shape s) {
    s.binds = true;
    return s;
}
inline shape bound(shape s) {
    s.binds = s.must_bind = true;
    return s;
}
inline shape with(shape s, body_kind body, std::vector<std::string> clauses = {}) {
    s.body = body;
    s.clauses = std::move(clauses);
    return s;
}

inline std::map<std::string, shape> make_shapes() {
    shape spawn = call();
    spawn.joins_group = true;
    shape timed = words(1, 1);
    timed.names = true;
    const auto block = body_kind::block;
    const auto calls = body_kind::calls;
    std::map<std::string, shape> shapes;
    for (const char* verb : {"log", "fail", "defer"})
        shapes[verb] = text(1);
    shapes["return"] = text(0);
    shapes["yield"] = words(0, 0);
    for (const char* verb : {"sleep", "advance", "cancel", "set", "clear", "acquire", "release",
                             "task_done", "reset", "abort"}) {
        shapes[verb] = words(1, 1);
    }
    for (const char* verb : {"notify", "put", "assign", "reschedule"})
        shapes[verb] = words(2, 2);
    for (const char* verb : {"join", "wait"})
        shapes[verb] = binding(words(1, 1));
    for (const char* verb : {"look", "get", "try_get", "read"})
        shapes[verb] = bound(words(1, 1));
    shapes["try_put"] = bound(words(2, 2));
    shapes["await"] = binding(call());
    shapes["spawn"] = spawn;
    for (const char* verb : {"with", "group"})
        shapes[verb] = with(words(1, 1), block);
    for (const char* verb : {"loop", "shield", "finally", "each"}) {
        shapes[verb] = with(words(0, 0), block);
    }
    shapes["for"] = with(words(3, many), block);
    shapes["if"] = with(words(3, 3), block);
    shapes["try"] = with(words(0, 0), block, {"except", "finally"});
    shapes["except"] = with(words(1, many), block);
    shapes["timeout"] = with(timed, block);
    shapes["move_on"] = with(bound(timed), block);
    for (const char* verb : {"gather", "settle", "race"}) {
        shapes[verb] = with(binding(words(0, 0)), calls);
    }
    shapes["as_completed"] = with(bound(words(0, 0)), calls, {"each"});
    return shapes;
}

inline const shape* shape_of(const std::string& verb) {
    static const std::map<std::string, shape> shapes = make_shapes();
    const auto found = shapes.find(verb);
    return found == shapes.end() ? nullptr : &found->second;
}

/// Kind of shared object -> the smallest size it can be declared with; nothing if it has no size.
inline const std::map<std::string, std::optional<std::size_t>>& object_kinds() {
    static const std::map<std::string, std::optional<std::size_t>> kinds{
        {"event", {}},  {"mutex", {}},  {"condition", {}}, {"var", {}}, {"semaphore", 0},
        {"bounded", 1}, {"barrier", 1}, {"queue", 1},      {"lifo", 1}, {"priority", 1}};
    return kinds;
}

inline lines split(std::string_view text) {
    std::istringstream stream{std::string{text}};
    lines found;
    for (std::string word; stream >> word;)
        found.push_back(word);
    return found;
}

inline bool contains(const lines& list, const std::string& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

/// Reads a file into a scenario; every complaint names file and line.
class parser {
public:
    explicit parser(const std::string& path) {
        result_.path = path;
        std::ifstream file{path};
        if (!file) throw format_error{path + ": cannot be read"};
        std::size_t number = 0;
        for (std::string raw; std::getline(file, raw);) {
            ++number;
            raw.erase(raw.find_last_not_of(" \t\r") + 1);
            const std::size_t indent = raw.find_first_not_of(' ');
            if (indent == std::string::npos || raw[indent] == '#') continue;
            if (indent % 2 != 0 || raw[indent] == '\t') complain(number, "indent by two spaces");
            source_.push_back({number, indent / 2, raw.substr(indent)});
        }
    }

    scenario parse() {
        while (at_ < source_.size()) {
            const source_line line = source_[at_++];
            if (line.depth != 0) complain(line.number, "nothing to be indented under");
            top_level(line);
        }
        if (!result_.coroutines.contains("main")) complain(0, "there is no 'async main'");
        return std::move(result_);
    }

private:
    struct source_line {
        std::size_t number;
        std::size_t depth;
        std::string text;
    };

    [[noreturn]] void complain(std::size_t number, const std::string& text) const {
        throw format_error{result_.path + ":" + std::to_string(number) + ": " + text};
    }

    void top_level(const source_line& line) {
        lines found = split(line.text);
        const std::string first = found.front();
        found.erase(found.begin());
        if (line.text == "departs:") {
            std::string reason;
            for (const std::string& part : record())
                reason += (reason.empty() ? "" : " ") + part;
            result_.departs = reason;
        } else if (line.text == "asyncio:" || line.text == "patio:") {
            result_.records[line.text.substr(0, line.text.size() - 1)] = record();
        } else if (first == "async" && !found.empty()) {
            const std::string name = found.front();
            found.erase(found.begin());
            result_.coroutines[name] = coroutine{found, block(1, line.number, body_kind::block)};
        } else if (object_kinds().contains(first) && !found.empty()) {
            declare(line.number, first, found);
        } else {
            complain(line.number, "unknown line '" + line.text + "'");
        }
    }

    void declare(std::size_t number, const std::string& kind, const lines& found) {
        const auto least = object_kinds().at(kind);
        const bool has_value = least.has_value() || kind == "var";
        if (found.size() != (has_value ? 2U : 1U)) {
            const char* more = has_value ? " takes a name and a value" : " takes a name";
            complain(number, "'" + kind + "'" + more);
        }
        object declared{kind, found[0], has_value ? found[1] : "", 0};
        if (least) {
            const bool is_number =
                declared.value.size() < 7 &&
                declared.value.find_first_not_of("0123456789") == std::string::npos;
            if (is_number) declared.size = std::stoul(declared.value);
            if (!is_number || declared.size < *least) {
                complain(number, "'" + declared.value + "' is no size for a " + kind);
            }
        }
        result_.objects.push_back(declared);
    }

    /// The indented lines of a reason or a recorded trace, as they are.
    lines record() {
        lines found;
        while (at_ < source_.size() && source_[at_].depth > 0)
            found.push_back(source_[at_++].text);
        return found;
    }

    std::vector<statement> block(std::size_t depth, std::size_t opened_at, body_kind kind) {
        std::vector<statement> statements;
        while (at_ < source_.size() && source_[at_].depth >= depth) {
            const source_line line = source_[at_++];
            if (line.depth > depth) complain(line.number, "indented too far");
            statement parsed = parse_statement(line, kind);
            if (parsed.verb == "except" || parsed.verb == "finally" || parsed.verb == "each") {
                if (statements.empty() || !fits(statements.back(), parsed.verb)) {
                    complain(line.number, "'" + parsed.verb + "' follows nothing it belongs to");
                }
                statements.back().clauses.push_back(std::move(parsed));
            } else {
                statements.push_back(std::move(parsed));
            }
        }
        if (statements.empty() && kind == body_kind::block) {
            complain(opened_at, "needs an indented block");
        }
        for (const statement& each : statements) {
            const lines& clauses = shape_of(each.verb)->clauses;
            if (!clauses.empty() && each.clauses.empty()) {
                complain(opened_at, "'" + each.verb + "' needs '" + clauses.front() + "' after it");
            }
        }
        return statements;
    }

    /// Whether this clause may follow: one clause only, but any number of 'except's.
    static bool fits(const statement& owner, const std::string& clause) {
        if (!contains(shape_of(owner.verb)->clauses, clause)) return false;
        return owner.clauses.empty() ||
               (clause == "except" && owner.clauses.front().verb == "except");
    }

    statement parse_statement(const source_line& line, body_kind kind) {
        statement parsed;
        parsed.where = result_.path + ":" + std::to_string(line.number);
        parsed.verb = kind == body_kind::calls ? "await" : split(line.text).front();
        const shape* wanted = shape_of(parsed.verb);
        if (wanted == nullptr) complain(line.number, "unknown verb '" + parsed.verb + "'");
        const shape rules = kind == body_kind::calls ? call() : *wanted;

        std::string rest = line.text;
        if (kind != body_kind::calls) {
            rest.erase(0, parsed.verb.size());
            rest.erase(0, rest.find_first_not_of(' '));
        }
        if (rules.text) {
            if (!rest.empty()) parsed.words.push_back(rest);
        } else {
            parsed.words = split(rest);
            take_suffixes(rules, parsed);
        }
        if (parsed.words.size() < rules.least || parsed.words.size() > rules.most) {
            complain(line.number, "'" + line.text + "' has the wrong number of words");
        }
        if (rules.must_bind && parsed.bind.empty()) {
            complain(line.number, "'" + parsed.verb + "' needs '-> VARIABLE'");
        }
        if (rules.body != body_kind::none) {
            parsed.body = block(line.depth + 1, line.number, rules.body);
        }
        check_words(line.number, parsed);
        return parsed;
    }

    void check_words(std::size_t number, const statement& parsed) const {
        if (parsed.verb == "for" && parsed.words[1] != "=") {
            complain(number, "write 'for VARIABLE = VALUE...'");
        }
        if (parsed.verb == "if" && parsed.words[1] != "is") {
            complain(number, "write 'if VALUE is VALUE'");
        }
        static const lines kinds{"error", "timeout", "cancelled", "group", "misuse", "broken"};
        if (parsed.verb == "except") {
            for (const std::string& kind : parsed.words) {
                if (contains(kinds, kind)) continue;
                complain(number, "'except' does not know '" + kind + "'");
            }
        }
    }

    /// Takes '-> VARIABLE', 'in GROUP' and 'as NAME' off the end of the words.
    static void take_suffixes(const shape& rules, statement& parsed) {
        const auto take = [&](bool allowed, const char* mark, std::string& into) {
            lines& found = parsed.words;
            if (!allowed || found.size() < 2 || found[found.size() - 2] != mark) return;
            into = found.back();
            found.resize(found.size() - 2);
        };
        take(rules.binds, "->", parsed.bind);
        take(rules.joins_group, "in", parsed.group);
        take(rules.names, "as", parsed.name);
    }

    scenario result_;
    std::vector<source_line> source_;
    std::size_t at_ = 0;
};

}  // namespace detail

/// Reads a scenario file. **Fails** with `format_error`, which names file and line.
inline scenario parse_scenario(const std::string& path) { return detail::parser{path}.parse(); }

}  // namespace conformance
