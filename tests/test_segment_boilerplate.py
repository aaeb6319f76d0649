"""Boilerplate: notices are none of the article, and ordinary sentences that begin or end like them are."""

from __future__ import annotations

import pytest

from biasscore.segment import segment

# Ordinary sentences, by what makes them look like a notice. Nothing of an article may be lost.
_ORDINARY = """
# holds a word of notices
Facebook's privacy policy is a disgrace.
The privacy policy of this company is a sham, and its lawyers know it.
The cookie policy of the council is a farce.
Agents searched the home without permission, a shameful abuse.
Thousands entered the country without permission last year.
He taped her without permission, the coward.
The film was shown without written permission of the king's vile censors.
He sold the land with all rights reserved for the rich.
The manuscript may not be published, the thugs at the ministry said.
The ballot may not be copied, and the crooks copied it.
The cruel law may not be reproduced elsewhere.
Should Democrats sign up now for a war that nobody wants?
Bullies who sign up here get a gun and a badge.
The Authors Guild sued OpenAI, accusing it of reckless theft of copyrighted books without permission.
Prosecutors say the airman took classified material home without permission.
The site republished her photos without permission, the thieves.
The group, a 501(c)(3), taped her without permission.
The Copyright Office says that copying songs without written permission is plain theft.
This material was stolen without permission of the king.
The songs may not be reproduced without permission, the greedy label said.
The film may not be published, though the copyright is hers.
Drones may not be flown here without permission of that bully.
He sold the land with all rights reserved in 1999, the fool.
He sold the land with all rights reserved.
WhatsApp told users to accept its new privacy policy or lose their accounts.
The regulator said Facebook's privacy policy broke the terms of a 2012 order.
“Federal law and our privacy policy prohibit such a vile leak,” she said.
Nobody reads the privacy policy when they sign up for this racket.
Subscribers sued over the privacy policy, a sham.
Those who use it agree to a privacy policy that sells their kids.
The cookie policy of the council is an insult to privacy.
Those terms of use applied to serfs.
The terms of use apply to children, too, a disgrace.
Love is free; terms and conditions apply.
Victims can unsubscribe at any time, the liars say.
# ends like a credit
They are gutting the Environmental Protection Agency (EPA).
The lies came from The Associated Press (AP).
The corrupt leaders of the Palestinian Authority (PA)
He grew up poor in a dull town (Scranton, PA).
Nobody trusts the hacks who run the U.S. EPA.
The firm is bankrupt (which Reuters called a disgrace).
It is a smear (AP reported it first).
He lies about this agency (as the EPA itself admits).
They came in hordes, it says (illegally).
She lost her card (Photo ID laws hit the poor).
He called her a liar (and her file was lost).
The ministry said the brutal raid would go on despite the outcry abroad. (AFP)
It was the worst slaughter in years, he said. (Reuters)
It was the worst slaughter in years, he said. (AFP, Reuters)
It was the worst slaughter in years, he said. (AP)
It was the worst slaughter in years, he said. AFP
It was the worst slaughter in years, he said. — AFP
At least 40 people were butchered, according to a tally by Agence France-Presse (AFP).
The tally of the dead is that of a brave reporter (Reuters).
# begins like a byline
By Tuesday, Trump had betrayed his allies.
By Christmas, the town was a ruin.
By March, Reed had caved in.
By Monday
By Obama's second term, greed had won.
By Congress and by Trump they were betrayed.
By Friday, Hall and Reed were bitter enemies.
BY MONDAY THE TOWN WAS A RUIN.
Ann Hall is a professor whom trolls hound on Twitter day and night.
Hillary Clinton was the author of her own downfall, and her e-mail was only a part of it.
Tom Reed is a reporter who cannot follow her cruel logic.
# begins like a notice of rights or of time
Copyright trolls are a menace to honest artists.
Copyright law is a racket for the rich.
All rights reserved to the rich is what this law means.
(c) the mayor lied to all of us.
Published in 2019, her memoir is a vile rant.
Published on March 4, 2019, her memoir is a vile rant.
Posted to Iraq in 2003, he saw brutal crimes.
Updated rules would hurt 5 million workers, and nobody cares.
First published in full by BuzzFeed in January, the dossier was a smear.
Filed under the Freedom of Information Act, the complaint says that the office lied.
Terms of service are written by crooks.
# begins like an invitation
Contact the mayor's office and you meet a wall of arrogance.
Contact with these crooks ruined her.
Join us, he sneered, or be crushed.
Join our enemies and you are dead, the thug said.
Share your wealth, says the senator who never did.
Share this burden with the rich, he said.
Share on every platform what these liars did.
Follow him on the stump and you hear lie after lie.
Find him at his desk, and you find a drunk.
Like her on the job or not, she is no fool.
Subscribe to this theory and you will believe anything.
Sign up to be lied to for four more years.
Sign up for a war and you will pay for it with your blood.
Register to vote before these crooks stop you.
Get our children out of these rotten schools.
Get the latest lie from this White House and you laugh.
Get pizza delivered and the union calls you a scab.
Become a member of this party and you lose your mind.
Donate to this fraud today and he will laugh at you.
Download the council app and it spies on you.
Support the lazy journalism of this paper and you get more of it.
Listen to the podcast and you hear a bully at work.
Don't miss the fact that he lied to us all.
Have a question for this mayor? Good luck with that arrogant man.
Got a story about the wall? He invents one every day.
To suggest that she lied is vile.
To contact the dead, he hired a shameless fraud.
To comment on such filth is beneath her.
Click on any page and you find a lie.
By clicking on a link, she lost her savings to crooks.
Call our president what he is, a crook.
Phone at the ready, he filmed the thug.
Email at work made slaves of us.
Call him a liar, and his trolls on Twitter will hound you.
Call our mayor a liar on Facebook and his thugs come.
Phone at hand, he lied on Twitter.
Find him on Twitter and you find a bully.
To comment on the ruling, Trump took to Twitter.
To contact her family, the ghouls used Facebook.
To suggest that the app is safe is a lie.
Get our children off TikTok before it ruins them.
Get the latest lie from Facebook and you laugh.
Join our fight against Facebook, she begged.
Don't miss the point: Facebook is a greedy bully.
# begins like a link
Read more closely, the bill is a scandal.
Read next to his old speeches, this one is a disgrace.
Read also as a threat, the letter shocked her.
Must read like a bad joke to them.
See also how the coward ran.
Listen: I have had enough of this mayor.
Watch: he will lie to you again.
More: he lied to the court.
# begins like a credit or a correction
Video by Russian hackers smeared her.
Words by Trump hurt, and he knows it.
Images by satellite show the brutal crime.
Photos by the police exposed the lie.
Reporting by CNN also alleges that Miller is a bully.
Reporting by Ronan Farrow and others exposed a predator.
Writing by candlelight, he cursed the tyrant.
Image source after image source turned out to be fake.
This story appears to be a hoax by crooks.
This article appears to smear her.
Views expressed by the mayor are those of a bigot.
The opinions expressed there were vile.
The views expressed by the author are vile.
The views expressed there do not reflect well on her.
Photos by the police in the hall shocked us.
Reporting by the lapdogs of the press is a joke.
Updated 1842 maps show the cruel border.
Copyright The Times claims is a sham.
Copyright Trump Jr. never paid for made him rich.
Media source, he sneered, and spat.
Read more of his vile columns and you will be sick.
Read more stories, she begged the lazy students.
Subscribe to The Atlantic and you will hate your country.
Sign up for The War that nobody wants.
By press and by courts they were betrayed.
To contact the editor, he lied about his name.
He is a hero (picture: a drunk in a suit).
He won the vote (credit: his crooked lawyers).
"""

_NOTICES = """
Sign up for our newsletter
Sign up here.
Sign up for the Future Perfect newsletter. Twice a week, you’ll get a roundup of ideas.
Subscribe to The Weeds wherever you get your podcasts
Sign up for our Wine Club today. Did you know you can support us by drinking wine?
Register now
Register here for our alerts
Get our free weekly newsletter
Get breaking news alerts and special reports.
Get the Monitor Stories you care about delivered to your inbox. By signing up, you agree to our Privacy Policy
By clicking Sign up, you agree to our privacy policy.
Follow us on Facebook and Twitter.
Follow us on Facebook, Twitter, and Instagram!
FOLLOW US ON FACEBOOK FOR MORE NEWS
To comment, go to this story on the Courier's Facebook page.
Join our Facebook group.
Join us on Facebook.com/CourierOpinion.
Email us at tips@courier.example.
Call our tip line on 555 0199.
To suggest a correction, e-mail us.
Follow her on Twitter at @emrichards.
Find us on Instagram
Join the conversation
Join The Conversation Use #newboom to join the conversation on social media.
Join us on Facebook
Share Your Thoughts Should colleges make diversity a central value? Join the conversation below.
Share this article
Share on Twitter
Contact the reporter at spike@courier.example or 555-0101.
Contact Gary Martin at gmartin@reviewjournal.example or 202-662-7390.
Contact us
Have a news tip? Email news@13onyourside.example.
Got a story? Call our newsdesk on 555 0199.
Call our hotline
To report an error, write to corrections@courier.example.
To read more editorials, go to the Opinion front page or sign up for the daily newsletter.
Click here to read more of our coverage
Click on The Wall Street Journal for more.
Don't miss our best stories: sign up here
Don’t miss: Venture funding remains elusive
Become a member today.
Become a subscriber
Donate to our fund today
Listen to our podcast for the full shocking story.
Download the NBC News app for full coverage of the outbreak
Support our journalism. Become a member today.
Copyright 2018 The Associated Press. All rights reserved. This material may not be published, broadcast, or rewritten.
Copyright © 2019 NPR.
Copyright: Harbour Courier
(c) 2019 Harbour Courier
(c) Associated Press
All rights reserved. No part may be copied.
This material may not be reproduced without permission.
No reproduction without permission. Copyright The Courier.
Reproduction in whole or in part without permission is prohibited.
The material on this site may not be reproduced, except with the prior permission of the Courier.
No part of this page may be reproduced without written permission.
2019 Harbour Courier. All rights reserved. Do not copy.
By using this site, you agree to our Privacy Policy and Terms of Use.
This site is protected by reCAPTCHA and the Google Privacy Policy and Terms of Service apply.
Sign up for Take Action Now. You can read our Privacy Policy here.
This website uses cookies. See our cookie policy.
You can unsubscribe at any time.
Published 8:00 a.m. ET March 4, 2019 | Updated 9:12 a.m. ET March 4, 2019
Published: 4 March 2019
Posted at 17:30h in Blog
Last updated on Monday, March 4
Updated 3 hours ago
Updated: 11:31 AM EST.
First published in The Courier.
Filed under: Politics
Terms of service | Privacy policy
Terms of use apply.
By Sam Pike
By Dana Okoro, local government reporter
By Mark Gerzon, Contributor
By April Ryan
By DANA OKORO and SAM PIKE
By the Associated Press
By Dana Okoro in Oslo
Sam Pike is a reporter for the Courier. Follow him on Twitter at @spike.
Nate Silver is the founder and editor in chief of FiveThirtyEight. @natesilver538
Leon Neyfakh is the staff writer for Ideas. E-mail leon.neyfakh@globe.example.
Furious residents rage outside the town hall. (AP Photo/Jane Doe)
Jimmy Kimmel speaks. (Image via YouTube)
President Obama in Hannover, Germany. (Photo: Holger Hollemann, epa)
Donald Trump speaks in Bossier City, La. (Tom Brenner/Reuters)
Pike and Reed. (AP)
Sam Pike and Ann Hall in Oslo. (Reuters)
(AFP)
The mayor speaks on Monday. Sam Pike/AFP
Three justices in court. (Photo: Courtesy of the Supreme Court)
A man, in Kabul. (The Baltimore Sun via AP)
Enlarge this image toggle caption Jim Hall/EPA
Image: A crowd of angry thugs outside the court on Monday. Getty Images
Image copyright Reuters Image caption The grim hall
Photo by Jane Doe/Getty Images
Story by Ann Hall, photographs by Tom Reed
(Reporting by Ann Hall in Oslo; editing by Tom Reed)
Reporting by Dana Okoro; Editing by Sam Pike
Additional reporting by Tom Reed and Ann Hall.
READ MORE: Shameless bosses pocket huge bonuses
Read More An Employee of This Governor Tested Positive
Read the full story here.
Read the full article at The Intercept.
SEE ALSO: Listen to the tapes
Must read: Ten outrageous sackings
More: Yuge? Sanders outraised by a newcomer. But Trump crushes them.
Watch: Coach loses it in wild rant
RELATED: Disgraced mayor slinks off to Spain
This article originally appeared on PRI.org's website.
This article appears in the August 12 edition of the review.
The views expressed in this article are those of the author.
The opinions expressed in this column are hers alone.
Views expressed here do not represent the views of the Courier.
To contact the reporters on this story: Ann Hall in Washington; Tom Reed in New York
To contact the senior editor responsible for this story: Ann Hall
Additional reporting by the Associated Press.
Additional reporting by staff writer Ann Hall.
Reporting by Jeff Mason aboard Air Force One; Editing by Tom Brown
Photo by Alex Wong | Getty Images
Photo by Alex Wong (AP)
Photograph by Chip Somodevilla—Getty Images
Image source, Getty Images
Image caption, The grim hall
Updated 1842 GMT (0242 HKT) November 12, 2019
Updated on Friday at 2:44 p.m. ET.
Copyright The Associated Press
Copyright by Dow Jones & Company, Inc.
The mayor speaks. (Picture: AP)
The mayor speaks. (Credit: AP)
The mayor speaks on Monday (EPA photo)
The mayor speaks on Monday (Reuters file photo)
The mayor speaks. (Official White House Photo by Pete Souza)
A crowd of thugs. (Harbour Illustration: Ann Hall; Tom Reed/Reuters)
(metamorworks/iStock/Getty Images Plus)
Guards march past the vile tyrant. (Official website/Handout via Reuters)
Sign up for Next China, a weekly email on where the nation stands now.
Sign up for the Morning Briefing.
Subscribe to The Atlantic.
Read more of The Courier's coverage of the trial.
Read more personal finance coverage.
By Staff Reports.
By the Associated Press.
Privacy Policy
Cookie Notice
The views expressed by contributors are their own and not the views of The Hill.
"""


def _lines(table: str) -> list[str]:
    return [line for line in table.strip().splitlines() if not line.startswith("#")]


def _kind(line: str) -> str:
    return segment(f"The council met on Tuesday.\n\n{line}\n\nIt rained all day.").paragraphs[1].kind


@pytest.mark.parametrize("line", _lines(_ORDINARY))
def test_an_ordinary_sentence_is_text(line: str) -> None:
    assert _kind(line) != "boilerplate"


@pytest.mark.parametrize("line", _lines(_NOTICES))
def test_a_notice_is_boilerplate(line: str) -> None:
    assert _kind(line) == "boilerplate"


@pytest.mark.parametrize(
    "part",
    ["(A-", "A-", "A—", " A |", " the A", "A.", " A.", " And", " A and", "A/", " A,", " by A", "AP/", "(AP ", " a"],
)
@pytest.mark.parametrize(
    "lead",
    [
        "",
        "(",
        "Copyright A",
        "Subscribe to A",
        "Read more A",
        "Photo by A",
        "Reporting by A",
        "By A",
        "Updated 3 days ago",
        "Ann is a writer",
    ],
)
def test_a_line_of_repeated_parts_is_read_at_once(lead: str, part: str) -> None:
    # A pattern that can split such a line in many ways would need years here.
    assert len(segment("It rained.\n\n" + (lead + part * 300)[:598] + "!").paragraphs) == 2
