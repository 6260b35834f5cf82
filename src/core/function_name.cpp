// SPDX-License-Identifier: MIT

#include <patio/core/detail/function_name.hpp>

#include <string_view>

namespace patio::detail {

namespace {

enum class part_kind { name, function, lambda, anonymous };

struct name_part {
    std::string_view text;
    part_kind kind = part_kind::name;
};

/// The parts of a qualified name, outermost first: "app", "server", "handle". Of very long ones
/// the first and the last ones.
class qualified_name {
public:
    explicit qualified_name(std::string_view function) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] const name_part& operator[](std::size_t i) const noexcept { return parts_[i]; }
    [[nodiscard]] const name_part* back() const noexcept {
        return size_ == 0 ? nullptr : &parts_[size_ - 1];
    }
    [[nodiscard]] bool is_in_detail() const noexcept {
        return size_ > 2 && parts_[0].text == "patio" && parts_[1].text == "detail";
    }

private:
    void add(std::string_view text, part_kind kind) noexcept;
    bool read_part() noexcept;
    bool read_bracketed() noexcept;
    void read_operator() noexcept;
    bool skip_parameters() noexcept;
    bool take(std::string_view word) noexcept;

    static constexpr std::size_t parts_max = 24;
    std::string_view rest_;
    name_part parts_[parts_max];
    std::size_t size_ = 0;
};

bool is_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c == '~' || static_cast<unsigned char>(c) >= 0x80;
}

/// The length of the bracketed text at the start of `s`; all of it if the bracket is not closed.
std::size_t bracketed_length(std::string_view s) noexcept {
    int depth = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
        const char c = s[i];
        if (c == '(' || c == '<' || c == '{' || c == '[') ++depth;
        const bool is_arrow = c == '>' && i > 0 && s[i - 1] == '-';
        if ((c == ')' || c == '>' || c == '}' || c == ']') && !is_arrow && --depth == 0) {
            return i + 1;
        }
    }
    return s.size();
}

qualified_name::qualified_name(std::string_view function) noexcept : rest_{function} {
    while (!rest_.empty() && read_part()) {}
}

void qualified_name::add(std::string_view text, part_kind kind) noexcept {
    if (size_ == parts_max) --size_;
    parts_[size_++] = name_part{text, kind};
}

bool qualified_name::take(std::string_view word) noexcept {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
}

/// Reads the next part, or what separates two. False at the end of the name.
bool qualified_name::read_part() noexcept {
    if (take("::")) return true;
    const char c = rest_.front();
    if (c == '(' || c == '{' || c == '<') return read_bracketed();
    if (c == '[') {  // an ABI tag belongs to the name; " [T = int]" stands behind it
        rest_.remove_prefix(bracketed_length(rest_));
        return true;
    }
    if (!is_word(c)) {  // a blank, '*' or '&': what came so far was the type of the result
        if (size_ > 0 && (parts_[size_ - 1].kind == part_kind::lambda) && c == ' ') return false;
        rest_.remove_prefix(1);
        if (c == ' ' && !rest_.empty() && rest_.front() == '[') return false;
        size_ = 0;
        return true;
    }
    std::size_t length = 1;
    while (length < rest_.size() && is_word(rest_[length]))
        ++length;
    const std::string_view word = rest_.substr(0, length);
    if (word == "operator") {
        read_operator();
        return true;
    }
    rest_.remove_prefix(length);
    if (word == "decltype" || word == "__attribute__") {  // in the type of the result
        take(" ");
        if (!rest_.empty() && rest_.front() == '(') rest_.remove_prefix(bracketed_length(rest_));
        return true;
    }
    add(word, part_kind::name);
    return true;
}

/// "(anonymous namespace)", "{anonymous}", "<lambda(int)>", parameters or template arguments.
bool qualified_name::read_bracketed() noexcept {
    const std::string_view inside = rest_.substr(0, bracketed_length(rest_));
    const bool is_lambda = inside.starts_with("<lambda(") || inside.starts_with("(lambda at ");
    const bool is_anonymous = inside.starts_with("(anonymous ") ||
                              inside.starts_with("(unnamed ") || inside.starts_with("{anonymous") ||
                              inside.starts_with("<unnamed");
    if (is_lambda || is_anonymous) {
        rest_.remove_prefix(inside.size());
        add(inside, is_lambda ? part_kind::lambda : part_kind::anonymous);
        return true;
    }
    if (inside.front() == '(') return skip_parameters();
    rest_.remove_prefix(inside.size());
    return true;
}

void qualified_name::read_operator() noexcept {
    const std::string_view all = rest_;
    take("operator");
    if (!take("()") && !take("[]")) {
        constexpr std::string_view symbols = "<>=+-*/%^&|~!,";
        std::size_t length = 0;
        while (length < rest_.size() && symbols.find(rest_[length]) != symbols.npos)
            ++length;
        if (length == 0) length = rest_.find('(');  // a conversion, new, co_await, a literal
        rest_.remove_prefix(length < rest_.size() ? length : rest_.size());
    }
    add(all.substr(0, all.size() - rest_.size()), part_kind::name);
}

/// False if the name ends here; true if what follows is inside the function: "serve(int)::local".
bool qualified_name::skip_parameters() noexcept {
    rest_.remove_prefix(bracketed_length(rest_));
    while (take(" const") || take(" volatile") || take(" &&") || take(" &") || take(" noexcept")) {}
    if (!rest_.starts_with("::")) return false;
    if (size_ > 0 && parts_[size_ - 1].kind == part_kind::name) {
        parts_[size_ - 1].kind = part_kind::function;
    }
    return true;
}

/// Cuts `text` to what fits.
class name_writer {
public:
    name_writer(char* out, std::size_t bytes) noexcept : out_{out}, bytes_{bytes} {}
    name_writer& operator<<(std::string_view text) noexcept {
        for (const char c : text) {
            if (length_ + 1 < bytes_) out_[length_++] = c;
        }
        return *this;
    }
    std::size_t finish() noexcept {
        if (bytes_ > 0) out_[length_] = '\0';
        return length_;
    }

private:
    char* out_;
    std::size_t bytes_;
    std::size_t length_ = 0;
};

/// The type that the template parameter `A` stands for, in "… [A = type]" or "… [with A = type;".
std::string_view argument_a(std::string_view function) noexcept {
    const auto list = function.rfind(" [");
    if (list == function.npos) return {};
    const auto begin = function.find("A = ", list);
    if (begin == function.npos) return {};
    std::string_view type = function.substr(begin + 4);
    std::size_t end = 0;
    while (end < type.size() && type[end] != ']' && type[end] != ';' && type[end] != ',') {
        end += type[end] == '<' ? bracketed_length(type.substr(end)) : 1;
    }
    return type.substr(0, end);
}

/// "patio::event::wait_operation": event.wait; "patio::detail::sleep_operation": sleep.
void write_operation(name_writer& out, std::string_view type) noexcept {
    const qualified_name name{type};
    if (name.size() == 0) {
        out << "task";
        return;
    }
    if (name.size() > 1) {
        const std::string_view owner = name[name.size() - 2].text;
        if (owner != "patio" && owner != "detail") out << owner << ".";
    }
    std::string_view last = name.back()->text;
    constexpr std::string_view suffix = "_operation";
    if (last.size() > suffix.size() && last.ends_with(suffix)) last.remove_suffix(suffix.size());
    out << last;
}

void write_lambda(name_writer& out, const qualified_name& name) noexcept {
    out << "lambda";
    for (std::size_t i = name.size(); i-- > 0;) {
        if (name[i].kind != part_kind::function || name[i].text == "operator()") continue;
        out << " in " << name[i].text;
        return;
    }
}

}  // namespace

std::size_t short_function_name(const char* function, char* out, std::size_t out_bytes) noexcept {
    name_writer result{out, out_bytes};
    const qualified_name name{function};
    const name_part* last = name.back();
    if (last == nullptr) {
        result << "task";
    } else if (name.is_in_detail() && last->text == "adopt_in_frame") {
        write_operation(result, argument_a(function));
    } else if (name.is_in_detail() && last->text == "call_in_frame") {
        result << "task";  // it has not made the user's coroutine yet
    } else if (name.is_in_detail() && last->text.ends_with("_of")) {
        std::string_view member = last->text;  // read_line_of(state): a public class's read_line()
        member.remove_suffix(3);
        result << member;
    } else if (last->kind == part_kind::lambda || last->kind == part_kind::anonymous) {
        write_lambda(result, name);
    } else if (last->text == "operator()" && name.size() > 1) {
        const name_part& owner = name[name.size() - 2];
        if (owner.kind == part_kind::name) {
            result << owner.text << "::operator()";
        } else {
            write_lambda(result, name);
        }
    } else {
        result << last->text;
    }
    return result.finish();
}

std::size_t function_signature(const char* function, char* out, std::size_t out_bytes) noexcept {
    constexpr std::string_view left_out[] = {"patio::", "(anonymous namespace)::", "{anonymous}::"};
    if (out_bytes == 0) return 0;
    std::string_view rest = function;
    std::size_t length = 0;
    bool is_inside_word = false;
    while (!rest.empty() && length + 1 < out_bytes) {
        const std::string_view* noise = nullptr;
        for (const std::string_view& word : left_out) {
            if (!is_inside_word && rest.starts_with(word)) noise = &word;
        }
        if (noise != nullptr) {
            rest.remove_prefix(noise->size());
            continue;
        }
        is_inside_word = is_word(rest.front()) || rest.front() == ':';
        out[length++] = rest.front();
        rest.remove_prefix(1);
    }
    out[length] = '\0';
    return length;
}

bool is_library_function(const char* function) noexcept {
    return qualified_name{function}.is_in_detail();
}

}  // namespace patio::detail
