// SPDX-License-Identifier: MIT

#include "route_table.hpp"

#include "access.hpp"
#include "percent_bytes.hpp"
#include "plain_response.hpp"
#include "text_rules.hpp"

#include <patio/core/errors.hpp>

#include <algorithm>
#include <utility>

namespace patio::http::detail {

namespace {

[[noreturn]] void refuse_path(std::string_view path, const char* why) {
    const std::string text = "the route " + std::string{path} + ": " + why;
    throw usage_error{text.c_str()};
}

path_segment parse_segment(std::string_view path, std::string_view text) {
    if (text.empty() || text.front() != '{') {
        if (text.find_first_of("{}") != std::string_view::npos) {
            refuse_path(path, "a parameter is a whole segment, /{name}/");
        }
        return {path_segment::kind::text, percent_decode(text)};
    }
    if (text.back() != '}') refuse_path(path, "a parameter ends with the brace that closes it");
    std::string_view name = text.substr(1, text.size() - 2);
    const bool is_rest = name.ends_with("...");
    if (is_rest) name.remove_suffix(3);
    if (name.empty() || name.find_first_of("{}.") != std::string_view::npos) {
        refuse_path(path, "a parameter has a name without dots and braces, {name} or {name...}");
    }
    return {is_rest ? path_segment::kind::rest : path_segment::kind::param, std::string{name}};
}

void decode_into(std::string& target, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const unsigned high = hex_value(text[i + 1]);
            const unsigned low = hex_value(text[i + 2]);
            if (high < 16 && low < 16) {
                target.push_back(static_cast<char>(high * 16 + low));
                i += 2;
                continue;
            }
        }
        target.push_back(text[i]);
    }
}

void add_once(std::vector<std::string_view>& all, std::string_view method) {
    if (std::find(all.begin(), all.end(), method) == all.end()) all.push_back(method);
}

/// What routers have written into a request on the way to one of them.
class routing_state {
public:
    explicit routing_state(const request& of) noexcept
        : param_count_{request_access::param_count(of)},
          mount_bytes_{request_access::mount_bytes(of)} {}
    void restore(request& into) const noexcept {
        request_access::keep_params(into, param_count_);
        request_access::set_mount_bytes(into, mount_bytes_);
    }

private:
    std::size_t param_count_;
    std::size_t mount_bytes_;
};

}  // namespace

std::string_view param_from_end(const request& asked, std::size_t from_end) noexcept {
    const std::size_t count = request_access::param_count(asked);
    return request_access::param_value(asked, count - 1 - from_end);
}

std::vector<path_segment> parse_path(std::string_view path) {
    if (path.empty() || path.front() != '/') refuse_path(path, "a path begins with a slash");
    std::vector<path_segment> all;
    std::string_view left = path;
    while (!left.empty()) {
        left.remove_prefix(1);
        const std::string_view text = left.substr(0, left.find('/'));
        left.remove_prefix(text.size());
        if (!all.empty() && all.back().is == path_segment::kind::rest) {
            refuse_path(path, "nothing can follow a parameter for the rest, {name...}");
        }
        path_segment segment = parse_segment(path, text);
        for (const path_segment& other : all) {
            if (segment.is == path_segment::kind::text || other.is == path_segment::kind::text)
                continue;
            if (other.text == segment.text) refuse_path(path, "two parameters have one name");
        }
        all.push_back(std::move(segment));
    }
    return all;
}

/// A method of a path. No method is any.
struct route_table::route {
    std::string method;
    std::vector<std::string> names;  // of the parameters
    std::unique_ptr<handler> answers;
};

/// A place in the tree: what the segments so far have led to.
struct route_table::node {
    struct text_child {
        std::string text;
        std::unique_ptr<node> below;
    };
    struct param_child {
        param_check check;
        std::unique_ptr<node> below;  // has routes only, if it is for the rest
    };

    std::vector<text_child> texts;    // by text
    std::vector<param_child> params;  // those with a check first
    std::vector<param_child> rests;   // as these
    std::vector<route> routes;
    route mounted;

    [[nodiscard]] const node* find_text(std::string_view text) const noexcept {
        const auto at = std::lower_bound(
            texts.begin(), texts.end(), text,
            [](const text_child& a, std::string_view b) noexcept { return a.text < b; });
        return at != texts.end() && at->text == text ? at->below.get() : nullptr;
    }
    [[nodiscard]] node& add_text(const std::string& text) {
        const auto at = std::lower_bound(
            texts.begin(), texts.end(), text,
            [](const text_child& a, const std::string& b) noexcept { return a.text < b; });
        if (at != texts.end() && at->text == text) return *at->below;
        return *texts.insert(at, {text, std::make_unique<node>()})->below;
    }
    [[nodiscard]] static node& add_param(std::vector<param_child>& to, param_check check) {
        for (const param_child& each : to)
            if (each.check == check) return *each.below;
        const auto end_of_checked = std::find_if(
            to.begin(), to.end(), [](const param_child& each) { return each.check == nullptr; });
        const auto at = check != nullptr ? end_of_checked : to.end();
        return *to.insert(at, {check, std::make_unique<node>()})->below;
    }
};

/// A lookup on its way. It visits each place of the tree once at most: the segments that lead there
/// are always the same ones.
class route_table::search {
public:
    explicit search(request& asked) noexcept
        : asked_{asked}, first_param_{request_access::param_count(asked)} {}
    /// Only asks which methods the path has.
    search(request& asked, std::vector<std::string_view>& methods) noexcept : search{asked} {
        methods_ = &methods;
    }

    /// **Returns** null if nobody is there.
    [[nodiscard]] handler* run(const node& root) {
        std::string_view path = asked_.mounted_path();
        if (path.empty()) path = "/";  // of a mount, whose own path was asked for
        return path.front() == '/' ? match(root, path) : nullptr;
    }
    /// Whether the path is there, for other methods.
    [[nodiscard]] bool found_path() const noexcept { return has_path_; }

private:
    [[nodiscard]] handler* match(const node& at, std::string_view left) {
        handler* found = left.empty() ? choose(at.routes) : match_segment(at, left.substr(1));
        if (found == nullptr && at.mounted.answers != nullptr && methods_ == nullptr) {
            found = enter(at.mounted, left);
        }
        return found;
    }

    /// `left` begins with a segment.
    [[nodiscard]] handler* match_segment(const node& at, std::string_view left) {
        const std::string_view segment = left.substr(0, left.find('/'));
        const std::string_view behind = left.substr(segment.size());
        std::string_view text = segment;
        if (segment.find('%') != std::string_view::npos) {
            // Decoded where the next parameter will stand, though it is none.
            const std::size_t param_count = request_access::param_count(asked_);
            std::string& value = request_access::add_param(asked_);
            decode_into(value, segment);
            text = value;
            request_access::keep_params(asked_, param_count);
        }
        handler* found = nullptr;
        if (const node* below = at.find_text(text)) {
            found = match(*below, behind);
            if (found != nullptr) return found;
        }
        return match_param(at, segment, behind);
    }

    [[nodiscard]] handler* match_param(const node& at, std::string_view segment,
                                       std::string_view behind) {
        for (const node::param_child& child : at.params) {
            if (segment.empty()) break;
            if (handler* found = descend(child, segment, behind)) return found;
        }
        for (const node::param_child& child : at.rests) {
            const std::string_view all{segment.data(), segment.size() + behind.size()};
            if (handler* found = descend(child, all, {})) return found;
        }
        return nullptr;
    }

    [[nodiscard]] handler* descend(const node::param_child& child, std::string_view text,
                                   std::string_view behind) {
        const std::size_t param_count = request_access::param_count(asked_);
        std::string& value = request_access::add_param(asked_);
        decode_into(value, text);
        handler* found = nullptr;
        if (child.check == nullptr || child.check(value)) found = match(*child.below, behind);
        if (found == nullptr) request_access::keep_params(asked_, param_count);
        return found;
    }

    [[nodiscard]] handler* choose(const std::vector<route>& routes) {
        if (routes.empty()) return nullptr;
        has_path_ = true;
        if (methods_ != nullptr) {
            for (const route& each : routes)
                add_once(*methods_, each.method);
            return nullptr;
        }
        const std::string_view method = asked_.method();
        const route* found = find_method(routes, method);
        if (found == nullptr && method == "HEAD") found = find_method(routes, "GET");
        if (found == nullptr) found = find_method(routes, {});
        return found != nullptr ? take(*found) : nullptr;
    }
    [[nodiscard]] static const route* find_method(const std::vector<route>& routes,
                                                  std::string_view method) noexcept {
        for (const route& each : routes)
            if (each.method == method) return &each;
        return nullptr;
    }

    [[nodiscard]] handler* take(const route& found) noexcept {
        for (std::size_t i = 0; i < found.names.size(); ++i)
            request_access::name_param(asked_, first_param_ + i, found.names[i]);
        return found.answers.get();
    }
    [[nodiscard]] handler* enter(const route& mounted, std::string_view left) {
        static_cast<void>(take(mounted));
        request_access::set_mount_bytes(asked_, asked_.path().size() - left.size());
        return &mounted.answers->find(asked_);
    }

    request& asked_;
    std::size_t first_param_;
    std::vector<std::string_view>* methods_ = nullptr;
    bool has_path_ = false;
};

/// Answers what no route is for.
class route_table::refusal final : public handler {
public:
    explicit refusal(const route_table& of) noexcept : of_{of} {}
    PATIO_DETAIL_COROUTINE_WRAPPER async<response> answer(request& asked) override {
        return answered(of_.refuse(asked));
    }
    [[nodiscard]] bool answers_now() const noexcept override { return true; }
    [[nodiscard]] response answer_now(request& asked) override { return of_.refuse(asked); }

private:
    const route_table& of_;
};

/// A middleware and what it calls `next`.
class route_table::layer final : public handler {
public:
    layer(middleware around, route_table& table) noexcept
        : around_{std::move(around)}, table_{table} {}
    void set_next(handler& next) noexcept { next_ = &next; }

    PATIO_DETAIL_COROUTINE_WRAPPER async<response> answer(request& asked) override {
        return next_ != nullptr ? around_(asked, *next_) : answer_with_routes(asked);
    }

private:
    /// The routes, as a handler that may be asked again, and with another target.
    class routes final : public handler {
    public:
        routes(route_table& table, const request& asked) noexcept : table_{table}, state_{asked} {}
        async<response> answer(request& asked) override {
            state_.restore(asked);
            int status = 0;
            try {
                handler& found = table_.find_route(asked);
                if (found.answers_now()) co_return found.answer_now(asked);
                auto answering = found.answer(asked);
                response made = co_await std::move(answering);
                co_return made;
            } catch (const status_error& refused) {
                status = refused.status();
            }
            co_return plain_response(status);
        }

    private:
        route_table& table_;
        routing_state state_;
    };

    async<response> answer_with_routes(request& asked) {
        routes next{table_, asked};
        auto answering = around_(asked, next);
        response made = co_await std::move(answering);
        co_return made;
    }

    middleware around_;
    route_table& table_;
    handler* next_ = nullptr;  // null: the routes
};

route_table::route_table()
    : root_{std::make_unique<node>()}, refusal_{std::make_unique<refusal>(*this)} {}
route_table::~route_table() = default;

route_table::node& route_table::place(const std::vector<path_segment>& path,
                                      const std::vector<param_check>& checks) {
    node* at = root_.get();
    std::size_t param = 0;
    for (const path_segment& each : path) {
        if (each.is == path_segment::kind::text) {
            at = &at->add_text(each.text);
            continue;
        }
        const param_check check = checks.empty() ? nullptr : checks[param++];
        const bool is_rest = each.is == path_segment::kind::rest;
        at = &node::add_param(is_rest ? at->rests : at->params, check);
    }
    return *at;
}

namespace {

std::vector<std::string> names_in(const std::vector<path_segment>& path) {
    std::vector<std::string> names;
    for (const path_segment& each : path)
        if (each.is != path_segment::kind::text) names.push_back(each.text);
    return names;
}

}  // namespace

void route_table::add(std::string_view method, std::string_view path, made_route made) {
    if (!std::all_of(method.begin(), method.end(), is_token_character)) {
        refuse_path(path, "the method is no word");
    }
    const std::vector<path_segment> segments = parse_path(path);
    std::vector<std::string> names = names_in(segments);
    if (!made.checks.empty() && made.checks.size() != names.size()) {
        const std::string text = "the path has " + std::to_string(names.size()) +
                                 " parameter(s), but the function takes " +
                                 std::to_string(made.checks.size()) + " behind the request";
        refuse_path(path, text.c_str());
    }
    std::vector<route>& routes = place(segments, made.checks).routes;
    for (const route& each : routes)
        if (each.method == method) refuse_path(path, "this method has a route there already");
    routes.push_back({std::string{method}, std::move(names), std::move(made.answers)});
}

void route_table::mount(std::string_view path, std::unique_ptr<handler> other) {
    const bool has_slash = path.size() > 1 && path.back() == '/';
    std::vector<path_segment> segments =
        parse_path(has_slash ? path.substr(0, path.size() - 1) : path);
    if (path == "/") segments.clear();
    if (!segments.empty() && segments.back().is == path_segment::kind::rest) {
        refuse_path(path, "a mount has the rest of the path anyway, without {name...}");
    }
    route& mounted = place(segments, {}).mounted;
    if (mounted.answers != nullptr) refuse_path(path, "something is mounted there already");
    mounted = {{}, names_in(segments), std::move(other)};
}

void route_table::use(middleware around) {
    if (!around) throw usage_error{"an empty function was given to a router as middleware"};
    auto added = std::make_unique<layer>(std::move(around), *this);
    if (!layers_.empty()) layers_.back()->set_next(*added);
    layers_.push_back(std::move(added));
}

handler& route_table::find(request& asked) {
    return layers_.empty() ? find_route(asked) : *layers_.front();
}

handler& route_table::find_route(request& asked) {
    search looking{asked};
    if (handler* found = looking.run(*root_)) return *found;
    return looking.found_path() ? *refusal_ : find_fallback();
}

handler& route_table::find_fallback() const noexcept {
    for (const route_table* each = this; each != nullptr; each = each->outer_)
        if (each->fallback_ != nullptr) return *each->fallback_;
    return *refusal_;
}

response route_table::refuse(request& asked) const {
    if (asked.target() == "*" && asked.method() == "OPTIONS") return response{204};
    std::vector<std::string_view> methods;
    search looking{asked, methods};
    static_cast<void>(looking.run(*root_));
    if (!looking.found_path()) return plain_response(404);
    if (std::find(methods.begin(), methods.end(), "GET") != methods.end()) {
        add_once(methods, "HEAD");
    }
    add_once(methods, "OPTIONS");
    std::string allowed;
    for (const std::string_view each : methods)
        allowed.append(allowed.empty() ? "" : ", ").append(each);
    return plain_response(asked.method() == "OPTIONS" ? 204 : 405).with("Allow", allowed);
}

}  // namespace patio::http::detail
