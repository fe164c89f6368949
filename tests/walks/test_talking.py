"""The story of a request that goes from hand to hand: an opinion, comments, another official who decides."""

import re

from playwright.sync_api import expect

from tests.walks.acts import ALABAMA, IQAN, Visit, approve, asked, card, my_profile, of_state
from tests.walks.stack import Mailbox, link_in
from tests.walks.visitor import PHONE

NOTE, QUESTION, ANSWER = "She is of your unit.", "Do you know <b>her</b>?", "She surveys since May."
AMONG_US, FOR_ALL = "Her supervisor has doubts.", "I wait for your supervisor."


def opinion_link(mail: dict[str, str]) -> str:
    found = re.search(r"https?://\S+/opinion/\S+", mail["text"])
    assert found, mail["text"]
    return found.group(0)


def test_an_opinion_then_comments_then_another_official_decides(visit: Visit, mailbox: Mailbox) -> None:
    requester, links = asked(visit, mailbox, of_state("ulla.berg", IQAN, "Alabama", *ALABAMA))
    loretta = visit()
    loretta.open(links["loretta.simmons"])
    loretta.press("Ask for an opinion")
    loretta.fill("Look for another official", "osei")
    loretta.press("Find")
    loretta.look_twice()
    loretta.choose("Margaret Osei")
    loretta.fill("Your question", QUESTION)
    loretta.press("Ask", exact=True)
    loretta.sees("Among Security Officials", QUESTION, "No answer yet.")

    mail = mailbox.expect("margaret.osei", "Loretta Simmons asks for your opinion by ")
    assert "<b>" not in mail["html"].split("Question")[1].split("</div>")[0]
    margaret = visit(width=PHONE)
    margaret.open(opinion_link(mail))
    margaret.sees_heading("Give your opinion")
    margaret.look_twice()
    margaret.fill("Your opinion", ANSWER)
    margaret.press("Send your opinion")
    margaret.sees_heading("Thank you for your opinion")
    assert ANSWER in mailbox.expect("loretta.simmons", "Margaret Osei gave an opinion, decide by ")["text"]

    for text, readers in ((AMONG_US, "Security Officials only"), (FOR_ALL, "Everybody, Ulla Berg too")):
        loretta.press("Write a comment")
        loretta.look_twice()
        loretta.fill("Comment", text)
        loretta.choose(readers)
        loretta.press("Save the comment")
    loretta.sees(ANSWER, AMONG_US, FOR_ALL)
    loretta.press("Hand it over")
    loretta.look_twice()
    loretta.choose("Wesley Tran")
    loretta.fill("Note for them", NOTE)
    loretta.press("Hand it over")
    loretta.sees_heading("You handed this request over")

    mail = mailbox.expect("wesley.tran", "Loretta Simmons handed a request over to you, decide by ")
    assert NOTE in mail["text"]
    wesley = visit()
    wesley.open(link_in(mail))
    wesley.sees(NOTE, ANSWER, AMONG_US)
    approve(wesley, link_in(mail))
    received = mailbox.expect("ulla.berg", f"Approved: {IQAN}")
    my_profile(requester)
    expect(card(requester, IQAN)).to_contain_text("Loretta Simmons handed it over to Wesley Tran")
    expect(card(requester, IQAN)).to_contain_text(FOR_ALL)
    for secret in (NOTE, ANSWER, AMONG_US):
        assert secret not in requester.page.content() + received["text"] + received["html"]
