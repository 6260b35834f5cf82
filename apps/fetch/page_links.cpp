// SPDX-License-Identifier: MIT

#include "page_links.hpp"

#include "page_url.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <unordered_set>

#include <gumbo.h>

namespace fetch {

namespace {

using patio::http::url;

std::optional<std::string_view> attribute(const GumboElement& of, const char* name) {
    const GumboAttribute* found = gumbo_get_attribute(&of.attributes, name);
    if (found == nullptr) return std::nullopt;
    return std::string_view{found->value};
}

/// Whether a list of words, with blanks or commas in between, has this one.
bool has_word(std::string_view list, std::string_view word) {
    const std::string lower = lowered(list);
    for (std::size_t at = lower.find(word); at != std::string::npos;
         at = lower.find(word, at + 1)) {
        const auto is_end = [&](std::size_t i) {
            return i >= lower.size() || std::strchr(" \t\r\n\f,", lower[i]) != nullptr;
        };
        if ((at == 0 || is_end(at - 1)) && is_end(at + word.size())) return true;
    }
    return false;
}

/// An upper limit of how deep a page nests: tags that open and never close count, unless they are
/// of those that need not be closed.
bool nests_too_deep(std::string_view html) {
    static constexpr std::array<std::string_view, 22> never_deep{
        "area", "base", "br",     "col", "dd",    "dt",     "embed", "hr", "img", "input", "li",
        "link", "meta", "option", "p",   "param", "source", "tbody", "td", "th",  "tr",    "wbr"};
    std::size_t depth = 0;
    for (std::size_t at = html.find('<'); at < html.size(); at = html.find('<', at + 1)) {
        const bool closes = html.substr(at + 1, 1) == "/";
        const std::string_view rest = html.substr(at + 1).substr(closes ? 1 : 0, 8);
        const std::string name = lowered(rest.substr(0, rest.find_first_of(" \t\r\n\f/>")));
        if (name.empty() || name[0] < 'a' || name[0] > 'z') continue;
        if (std::ranges::find(never_deep, name) != never_deep.end()) continue;
        if (!closes && ++depth > nesting_max) return true;
        if (closes && depth > 0) --depth;
    }
    return false;
}

/// Whether a tag may have so many attributes that comparing each with all others, as the parser
/// does, takes for ever. Blanks in their values count as well, which is harmless.
bool has_too_many_attributes(std::string_view html) {
    std::size_t count = 0;
    bool is_in_tag = false;
    for (const char c : html) {
        if (c == '<' || c == '>') {
            is_in_tag = c == '<';
            count = 0;
        } else if (is_in_tag && std::strchr(" \t\r\n\f/", c) != nullptr) {
            if (++count > attributes_max) return true;
        }
    }
    return false;
}

class link_finder {
public:
    explicit link_finder(const url& page) : base_{page} {}

    /// Visits an element; they come in the order of the page.
    void look_at(const GumboElement& element) {
        switch (element.tag) {
            case GUMBO_TAG_BASE:
                if (const auto href = attribute(element, "href")) set_base(*href);
                break;
            case GUMBO_TAG_META:
                if (lowered(attribute(element, "name").value_or("")) == "robots")
                    follows_ = follows_ && !forbids(attribute(element, "content").value_or(""));
                break;
            case GUMBO_TAG_A:
            case GUMBO_TAG_AREA:
                if (has_word(attribute(element, "rel").value_or(""), "nofollow")) break;
                if (const auto href = attribute(element, "href")) hrefs_.push_back(*href);
                break;
            default:
                break;
        }
    }

    /// Only when all was seen: a base holds for links that stand before it, too.
    [[nodiscard]] std::vector<std::string> links() const {
        std::vector<std::string> found;
        if (!follows_) return found;
        std::unordered_set<std::string> seen;
        for (const std::string_view each : hrefs_) {
            const auto to = page_url(each, base_);
            if (to && seen.insert(to->href()).second) found.push_back(to->href());
        }
        return found;
    }

private:
    static bool forbids(std::string_view content) {
        return has_word(content, "nofollow") || has_word(content, "none");
    }
    void set_base(std::string_view href) {
        if (has_base_) return;  // the first one counts
        if (auto read = base_.try_resolve(href)) {
            base_ = *std::move(read);
            has_base_ = true;
        }
    }

    url base_;
    bool has_base_ = false;
    bool follows_ = true;
    std::vector<std::string_view> hrefs_;  // of the tree
};

}  // namespace

std::vector<std::string> page_links(std::string_view html, const url& page) {
    if (nests_too_deep(html) || has_too_many_attributes(html)) return {};
    const auto free_tree = [](GumboOutput* tree) {
        gumbo_destroy_output(&kGumboDefaultOptions, tree);
    };
    const std::unique_ptr<GumboOutput, decltype(free_tree)> tree{
        gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size()), free_tree};

    link_finder finder{page};
    std::vector<const GumboNode*> open{tree->root};
    while (!open.empty()) {
        const GumboNode* node = open.back();
        open.pop_back();
        if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) continue;
        finder.look_at(node->v.element);
        const GumboVector& children = node->v.element.children;
        for (unsigned i = children.length; i > 0; --i)
            open.push_back(static_cast<const GumboNode*>(children.data[i - 1]));
    }
    return finder.links();
}

}  // namespace fetch
