"""Keys of [extract.remove] about pages, calendars and tables: formats that are text."""

from __future__ import annotations

from gateway.model.linkpolicy import LinkPolicy
from gateway.model.remoteimages import RemoteImages
from gateway.policy.setting import Section, setting


class RemoveFromText(Section):
    """Keys of [extract.remove] about formats that are text."""

    html_scripts: bool = setting(
        True,
        "Scripts, event handlers, script addresses and acting styles of web pages.",
        reason="they run when the page is shown, and no mail needs them",
    )
    html_forms: bool = setting(
        True,
        "Targets of forms in web pages; the fields stay visible and send nothing.",
        reason="a form in a mail asks for passwords",
    )
    html_frames: bool = setting(
        True,
        "Frames, objects, embedded content and applets of web pages.",
        reason="they load what was never inspected",
    )
    html_refresh: bool = setting(
        True,
        "Redirections, cookies and base addresses of web pages.",
        reason="they lead readers elsewhere without a click",
    )
    html_links: LinkPolicy = setting(
        LinkPolicy.KEEP,
        "Links to the web in web pages: kept, defanged (shown, not clickable), rewritten to "
        "extract.click_page, or removed.",
        reason="reputation looks them up, and readers need them",
    )
    html_remote_styles: bool = setting(
        False,
        "Style sheets that a web page fetches from elsewhere.",
        reason="newsletters bring their fonts that way, and a changed mail loses its signature",
    )
    html_remote_images: RemoteImages = setting(
        RemoteImages.KEEP,
        "Pictures that a web page fetches from elsewhere: kept, blocked (a grey placeholder), or "
        "removed (their alternative text stays).",
        reason="mail programs ask before they fetch, and a changed mail loses its signature",
    )
    html_tracking_pixels: bool = setting(
        False,
        "Invisible pictures that a web page fetches from elsewhere.",
        reason="nearly every newsletter has one, and a changed mail loses its signature",
    )
    html_hidden_text: bool = setting(
        False,
        "Text that a web page hides from its readers.",
        reason="newsletters hide their preview line that way",
    )
    calendar_actions: bool = setting(
        True,
        "Alarms of calendar entries that start programs or send mail, and files within entries and "
        "cards that are no pictures.",
        reason="they come in past every check of attachments",
    )
    csv_formulas: bool = setting(
        True,
        "Formulas in comma-separated values: an apostrophe before them makes them text.",
        reason="a table of values needs none, and spreadsheets run them",
    )
