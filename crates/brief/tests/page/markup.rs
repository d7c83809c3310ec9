//! A strict reader of the page's markup: every element must be closed in order, every attribute quoted, every `&` known.

/// An element.
#[derive(Debug, Default)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    /// Text of a text node (whose name is empty).
    pub text: String,
}

const VOID: [&str; 3] = ["meta", "input", "br"];
const RAW: [&str; 2] = ["style", "script"];

impl Node {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.0 == name).map(|a| a.1.as_str())
    }

    /// This element and all below it, in the order of the document.
    pub fn iter(&self) -> Box<dyn Iterator<Item = &Node> + '_> {
        Box::new(std::iter::once(self).chain(self.children.iter().flat_map(Node::iter)))
    }

    fn hidden(&self, lang: &str) -> bool {
        let kept = self.attribute("class").is_some_and(|c| c.contains("keep"));
        // Titles cannot hold elements, so they tell both languages at once.
        RAW.contains(&self.name.as_str())
            || matches!(self.name.as_str(), "title" | "desc")
            || (self.name != "html" && !kept && self.attribute("lang").is_some_and(|l| l != lang))
    }

    /// Appends what a reader of the language sees, one line per piece.
    pub fn read(&self, lang: &str, out: &mut String) {
        if self.hidden(lang) {
            return;
        }
        if !self.text.trim().is_empty() {
            out.push_str(self.text.trim());
            out.push('\n');
        }
        self.children.iter().for_each(|c| c.read(lang, out));
    }

    /// The same without line ends.
    pub fn all_text(&self, lang: &str) -> String {
        let mut out = String::new();
        self.read(lang, &mut out);
        out.replace('\n', "")
    }
}

/// Reads a document.
pub fn parse(html: &str) -> Result<Node, String> {
    let mut rest = html.strip_prefix("<!doctype html>\n").ok_or("no doctype")?;
    let mut open = vec![Node::default()];
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let text = unescaped(&rest[..end])?;
            last(&mut open)?.children.push(Node { text, ..Node::default() });
            rest = &rest[end..];
            continue;
        };
        let end = tag.find('>').ok_or("a tag does not end")?;
        let (inside, after) = (&tag[..end], &tag[end + 1..]);
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            let node = open.pop().ok_or("nothing is open")?;
            if node.name != name {
                return Err(format!("</{name}> closes <{}>", node.name));
            }
            last(&mut open)?.children.push(node);
            continue;
        }
        let closed = inside.ends_with('/');
        let mut node = element(inside.trim_end_matches('/'))?;
        if RAW.contains(&node.name.as_str()) {
            let close = format!("</{}>", node.name);
            let (text, after) = rest.split_once(&close).ok_or("raw text does not end")?;
            node.children.push(Node { text: text.into(), ..Node::default() });
            rest = after;
            last(&mut open)?.children.push(node);
        } else if closed || VOID.contains(&node.name.as_str()) {
            last(&mut open)?.children.push(node);
        } else {
            open.push(node);
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(root), true) => Ok(root),
        (node, _) => Err(format!("not closed: {:?}", node.map(|n| n.name))),
    }
}

fn last(open: &mut [Node]) -> Result<&mut Node, String> {
    open.last_mut().ok_or_else(|| "outside the root".to_string())
}

fn element(inside: &str) -> Result<Node, String> {
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(format!("not a name: {name:?}"));
    }
    let mut node = Node { name: name.into(), ..Node::default() };
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("checked") {
            node.attributes.push(("checked".into(), String::new()));
            rest = after;
            continue;
        }
        let (name, after) = rest.split_once("=\"").ok_or_else(|| format!("attribute without quotes: {rest:?}"))?;
        let (value, after) = after.split_once('"').ok_or_else(|| format!("open quote: {rest:?}"))?;
        if node.attribute(name).is_some() {
            return Err(format!("{name} twice"));
        }
        node.attributes.push((name.into(), unescaped(value)?));
        rest = after;
    }
    Ok(node)
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        let known = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("#39;", '\'')];
        let (entity, c) =
            known.into_iter().find(|(e, _)| piece.starts_with(e)).ok_or_else(|| format!("bare & before {piece:?}"))?;
        out.push(c);
        out.push_str(&piece[entity.len()..]);
    }
    Ok(out)
}
